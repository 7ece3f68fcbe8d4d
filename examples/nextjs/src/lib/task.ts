/** The members of a task that this page uses. */
export interface Task {
  id: string;
  title: string;
  completed: boolean;
}
