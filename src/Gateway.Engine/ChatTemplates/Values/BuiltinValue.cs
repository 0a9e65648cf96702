using Gateway.Engine.ChatTemplates.Library;
using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>A built-in bound to its subject: <c>text.split</c> is the built-in <c>split</c> with that text as its subject.</summary>
internal sealed class BuiltinValue(Builtin builtin, Value subject) : CallableValue(builtin.Name)
{
    public override Value Call(CallArguments arguments, RenderContext context) => builtin.Invoke(subject, arguments, context);
}
