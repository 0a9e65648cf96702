namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>
/// What a template computes with: a closed set of kinds, so that no .NET object is ever within a template's reach.
/// Every kind but <see cref="NamespaceValue"/> and <see cref="IteratorValue"/> is immutable.
/// </summary>
internal abstract class Value
{
    /// <summary>Nesting of lists and dicts beyond which a value is refused, so that walking any value needs a bounded stack.</summary>
    public const int MaxNesting = 128;

    private protected Value()
    {
    }

    /// <summary>Python's name of the type, as used in error messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Python's truth value: empty, zero, none and undefined are false.</summary>
    public virtual bool IsTrue => true;

    /// <summary>0 for a scalar, 1 more than the deepest element for a list or dict.</summary>
    public virtual int Nesting => 0;

    private protected static int NestingOver(int deepest) => deepest < MaxNesting
        ? deepest + 1
        : throw new ChatTemplateException($"lists and dicts nest deeper than {MaxNesting} levels.");
}
