using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>
/// A block with variables of its own: <c>{% with a = 1 %}</c>. Without variables also <c>{% generation %}</c>, by which templates
/// mark the assistant's text for training and which prints as if it were not there.
/// </summary>
internal sealed class WithStatement(int line, IReadOnlyList<KeyValuePair<string, Expression>> variables, Block body) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        var scope = new Scope(context.Scope);
        foreach (var (name, value) in variables)
        {
            scope.Set(name, value.Evaluate(context));
        }

        var outer = context.Use(scope);
        var flow = body.Execute(context);
        context.Use(outer);
        return flow;
    }
}
