import { headers } from "next/headers";
import { SignIn } from "@/app/sign-in";
import { TaskList } from "@/app/task-list";
import { auth } from "@/lib/auth";
import { listTasks } from "@/lib/tasks-on-server";

export default async function Page() {
  const request = await headers();
  const session = await auth.api.getSession({ headers: request });
  if (session === null) return <SignIn />;
  return <TaskList name={session.user.name} tasks={await listTasks(request)} />;
}
