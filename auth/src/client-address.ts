/**
 * The header with the client address. The proxy replaces any value from the client. Better Auth is configured to trust no
 * other header.
 */
export const CLIENT_ADDRESS_HEADER = "x-real-ip";
