namespace Gateway.Engine.Constraints.Automata;

/// <summary>All stacks that what was read so far can have led to, by their top entries in a <see cref="StackTable"/>.</summary>
internal sealed class StackSet
{
    /// <summary>Entries whose states have edges of their own.</summary>
    public List<int> Tops { get; } = [];

    /// <summary>The text may end here.</summary>
    public bool IsAccepting { get; set; }

    /// <summary>The part of the stack that is looked at may end here.</summary>
    public bool IsAtBase { get; set; }

    /// <summary>Nothing leads on, and nothing ends.</summary>
    public bool IsDead => Tops.Count == 0 && !IsAccepting && !IsAtBase;

    public void Clear()
    {
        Tops.Clear();
        IsAccepting = false;
        IsAtBase = false;
    }
}
