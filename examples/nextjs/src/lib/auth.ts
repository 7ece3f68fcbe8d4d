import { betterAuth } from "better-auth";
import { jwt } from "better-auth/plugins";
import { SqliteDialect } from "kysely";
import Database from "libsql";

export const auth = betterAuth({
  // Also the issuer and the audience of the tokens, so it must not depend on the request.
  baseURL: process.env.BETTER_AUTH_URL ?? "http://localhost:3000",
  database: {
    dialect: new SqliteDialect({ database: new Database(process.env.APP_DATABASE ?? "app.db") }),
    type: "sqlite",
  },
  emailAndPassword: { enabled: true },
  plugins: [
    jwt({
      jwt: {
        expirationTime: "15m",
        // Without this, each token has the whole row of the user.
        definePayload: ({ user }) => ({ email: user.email, name: user.name }),
      },
    }),
  ],
});
