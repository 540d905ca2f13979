import type { LoaderOptions } from "@medusajs/framework/types";

import { readOptions } from "../options";

/** Stop the start of Medusa if the options are wrong. */
export default async function checkOptions({ options }: LoaderOptions): Promise<void> {
	readOptions(options);
}
