/**
 * What the tests' tasks have beside their texts.
 */
import type { Task } from "#shared/api/task.ts";

type TextMembers = "id" | "user_id" | "title" | "description" | "completed" | "completed_at";
type OtherMembers = "created_at" | "updated_at" | "version" | "next_occurrence";

/** The members of a task that has only texts: in the Inbox, without dates. */
export const plainMembers: Omit<Task, TextMembers | OtherMembers> = {
  list_id: null,
  parent_id: null,
  rank: "V01935a6e0000",
  priority: null,
  label_ids: [],
  due: null,
  start_on: null,
  deadline_on: null,
  duration_min: null,
  recurrence: null,
  reminders: [],
};
