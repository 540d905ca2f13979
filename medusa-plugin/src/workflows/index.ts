export * from "./apply-offer";
export * from "./set-quote-status";
export * from "./store-order-state";
