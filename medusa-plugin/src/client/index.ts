export * from "./client";
export * from "./error";
export type { components, operations } from "./schema";
