using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>for target in items if filter</c>, with the <c>else</c> that runs when there was no item.</summary>
internal sealed class ForStatement(int line, AssignmentTarget target, Expression items, Expression? filter, Block body, Block otherwise)
    : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        var chosen = Choose(Iteration.Items(items.Evaluate(context), context.Budget), context);
        if (chosen.Count == 0)
        {
            return otherwise.Execute(context);
        }

        var loop = new LoopValue(chosen);
        var outer = context.Scope;
        for (var flow = Flow.Next; loop.Index < chosen.Count && flow != Flow.Break; loop.Index++)
        {
            // What an iteration sets is gone in the next one.
            context.Use(new Scope(outer));
            context.Scope.Set("loop", loop);
            context.Line = Line;
            target.Assign(chosen[loop.Index], context);
            flow = body.Execute(context);
        }

        context.Use(outer);
        return Flow.Next;
    }

    /// <summary>The items that pass the filter; all are judged before the first is rendered, so that <c>loop.last</c> is known.</summary>
    private IReadOnlyList<Value> Choose(IReadOnlyList<Value> candidates, RenderContext context)
    {
        if (filter is null)
        {
            return candidates;
        }

        var outer = context.Scope;
        List<Value> chosen = [];
        foreach (var candidate in candidates)
        {
            context.Use(new Scope(outer));
            target.Assign(candidate, context);
            if (filter.Evaluate(context).IsTrue)
            {
                chosen.Add(candidate);
            }
        }

        context.Use(outer);
        return chosen;
    }
}
