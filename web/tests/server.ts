import { setupServer } from "msw/node";

/** Stands where the network would be; each test says who answers. */
export const server = setupServer();
