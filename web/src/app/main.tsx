/**
 * Entry point: creates the session and the router, and renders the app.
 */
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createAuthGateway } from "#shared/session/auth-gateway.ts";
import { SessionProvider } from "#shared/session/context.tsx";
import { Session } from "#shared/session/session.ts";
import { openTabChannel } from "#shared/session/tabs.ts";
import { createTextStorage } from "#shared/session/text-storage.ts";
import { createAppRouter } from "./router.tsx";
import "#shared/ui/styles.css";

const textStorage = createTextStorage(() => window.sessionStorage);
const gateway = createAuthGateway(window.location.origin);
// Outside a secure context `navigator.locks` is undefined, although its type does not say so.
const locks = "locks" in navigator ? navigator.locks : undefined;
const session = new Session({ gateway, textStorage, tabs: openTabChannel(locks), now: Date.now });

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id `root`.");

// The route guards need the session, so load it before rendering. Until then index.html shows an empty page frame.
await session.check();
createRoot(root).render(
  <StrictMode>
    <SessionProvider value={{ session, gateway, textStorage }}>
      <RouterProvider router={createAppRouter(session)} />
    </SessionProvider>
  </StrictMode>,
);
