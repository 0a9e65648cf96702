namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>How an object is written.</summary>
internal abstract class ObjectSyntax
{
    /// <summary>Before the first member.</summary>
    public abstract Grammar Open { get; }

    /// <summary>Between two members.</summary>
    public abstract Grammar Separator { get; }

    /// <summary>Behind <see cref="Open"/>, where there are no members.</summary>
    public abstract Grammar Close { get; }

    /// <summary>Behind the last member.</summary>
    public abstract Grammar CloseBehindMember { get; }

    /// <summary>A member; null where its name cannot be written.</summary>
    public abstract Grammar? Member(string name, Grammar value);

    /// <summary>A member of any name but these.</summary>
    public abstract Grammar FurtherMember(IReadOnlyList<string> declared, Grammar value);
}
