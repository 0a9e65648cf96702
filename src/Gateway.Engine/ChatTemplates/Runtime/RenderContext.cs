using Gateway.Engine.ChatTemplates.Library;
using Gateway.Engine.ChatTemplates.Syntax.Statements;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>The state of one rendering.</summary>
internal sealed class RenderContext
{
    public RenderContext(RenderBudget budget, DateTimeOffset now, Shield shield)
    {
        Budget = budget;
        Now = now;
        Shield = shield;
        Output = new TextBuffer(budget);
    }

    public RenderBudget Budget { get; }

    public DateTimeOffset Now { get; }

    public Shield Shield { get; }

    public Scope Scope { get; private set; } = new(null);

    /// <summary>Where printed text goes: the prompt, or what a macro call or block is collecting.</summary>
    public TextBuffer Output { get; private set; }

    /// <summary>The line being rendered, for error messages.</summary>
    public int Line { get; set; }

    public Value Lookup(string name)
    {
        if (Scope.TryGet(name, out var value))
        {
            return value;
        }

        return GlobalFunctions.All.TryGetValue(name, out var function)
            ? new BuiltinValue(function, NoneValue.Instance)
            : new UndefinedValue($"'{name}' is undefined");
    }

    /// <summary>Makes <paramref name="scope"/> the current one and gives the one that it replaces.</summary>
    public Scope Use(Scope scope)
    {
        var outer = Scope;
        Scope = scope;
        return outer;
    }

    /// <summary>Collects what <paramref name="body"/> prints, instead of printing it.</summary>
    public StringValue Capture(Block body)
    {
        var outer = Output;
        var collected = new TextBuffer(Budget);
        Output = collected;
        body.Execute(this);
        Output = outer;
        return new StringValue(collected.ToString());
    }
}
