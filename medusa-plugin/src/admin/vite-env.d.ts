/** Set by Medusa's admin when it is built: where the server is. */
declare const __BACKEND_URL__: string | undefined;
