export { ErpnextDelivery } from "./delivery";
export { ErpnextQuote } from "./quote";
