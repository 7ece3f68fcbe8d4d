/**
 * Where the app starts: makes the session and the router, the only two things that live as long as the page, and shows them.
 */
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createAuthGateway } from "#shared/session/auth-gateway.ts";
import { SessionProvider } from "#shared/session/context.tsx";
import { keepTexts } from "#shared/session/kept-texts.ts";
import { Session } from "#shared/session/session.ts";
import { openTabs } from "#shared/session/tabs.ts";
import { createAppRouter } from "./router.tsx";
import "#shared/ui/styles.css";

const keptTexts = keepTexts(() => window.sessionStorage);
const gateway = createAuthGateway(window.location.origin);
// The Web Locks API is missing where the page is not a secure context, whatever the types say.
const locks = "locks" in navigator ? navigator.locks : undefined;
const session = new Session({ gateway, keptTexts, tabs: openTabs(locks), now: Date.now });

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");

// Routes are decided by who is there, so that comes first; index.html shows the empty page meanwhile.
await session.check();
createRoot(root).render(
  <StrictMode>
    <SessionProvider value={{ session, gateway, keptTexts }}>
      <RouterProvider router={createAppRouter(session)} />
    </SessionProvider>
  </StrictMode>,
);
