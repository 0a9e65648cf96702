using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>{% break %}</c> or <c>{% continue %}</c></summary>
internal sealed class JumpStatement(int line, Flow flow) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context) => flow;
}
