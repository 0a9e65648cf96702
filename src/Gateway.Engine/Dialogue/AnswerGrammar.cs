using Gateway.Engine.Constraints;
using Gateway.Engine.Dialogue.ToolCalls;

namespace Gateway.Engine.Dialogue;

/// <summary>
/// What an answer is held to: its calls, its content, or one of the two. Reasoning is free: where the prompt has opened it, the constraint
/// begins behind its end mark; where the model may open it, the grammar allows it in front.
/// </summary>
internal static class AnswerGrammar
{
    /// <param name="conversation">What is asked for.</param>
    /// <param name="calls">How the model writes calls; null when it is offered no functions.</param>
    /// <param name="marks">The marks of reasoning; null when the model has none.</param>
    /// <param name="start">Where the prompt leaves the model.</param>
    /// <returns>Null when any answer will do.</returns>
    public static TokenConstraint? Of(Conversation conversation, ToolCallFormat? calls, ReasoningMarks? marks, ReasoningStart start)
    {
        if (Answer(conversation, calls) is not { } answer)
        {
            return null;
        }

        var behindReasoning = Grammar.Sequence(Grammar.WhiteSpace, answer);
        return start switch
        {
            ReasoningStart.Inside => new TokenConstraint(behindReasoning, marks!.EndId),
            ReasoningStart.Free => new TokenConstraint(Grammar.Choice(
                answer, Grammar.Sequence(Grammar.Token(marks!.BeginId), Grammar.AnyText, Grammar.Token(marks.EndId), behindReasoning))),
            _ => new TokenConstraint(answer),
        };
    }

    private static Grammar? Answer(Conversation conversation, ToolCallFormat? calls)
    {
        if (calls is null)
        {
            return conversation.Content;
        }

        if (conversation.ToolChoice == ToolChoiceMode.Required)
        {
            var wanted = conversation.RequiredFunction;
            List<ToolFunction> functions = [.. conversation.Tools.Where(tool => wanted is null || tool.Name == wanted)];
            return calls.Calls(functions, conversation.ParallelToolCalls && wanted is null);
        }

        return conversation.Content is { } content
            ? Grammar.Choice(content, calls.Calls(conversation.Tools, conversation.ParallelToolCalls))
            : conversation.Tools.Any(tool => tool.IsStrict)
                ? calls.TextWithCalls(conversation.Tools, conversation.ParallelToolCalls)
                : null;
    }
}
