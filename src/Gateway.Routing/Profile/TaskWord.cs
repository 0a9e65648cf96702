namespace Gateway.Routing;

/// <summary>What a word says of the task.</summary>
/// <param name="Task">The kind that it speaks for; <see cref="TaskKind.General"/> when it only belongs to a class.</param>
/// <param name="Points">How strongly.</param>
internal readonly record struct TaskWord(TaskKind Task, int Points, TaskWordClass Class);
