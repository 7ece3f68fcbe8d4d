/**
 * The one header that says who the client is. The proxy in front drops whatever the client sent under this name and
 * sets exactly one value; Better Auth is told to believe this header and no other.
 */
export const CLIENT_ADDRESS_HEADER = "x-real-ip";
