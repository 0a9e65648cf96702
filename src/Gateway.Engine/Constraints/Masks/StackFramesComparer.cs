using Gateway.Engine.Constraints.Automata;

namespace Gateway.Engine.Constraints.Masks;

/// <summary>Compares stacks that are written down, and looks for them by spans.</summary>
internal sealed class StackFramesComparer : IEqualityComparer<StackFrame[]>, IAlternateEqualityComparer<ReadOnlySpan<StackFrame>, StackFrame[]>
{
    public static StackFramesComparer Instance { get; } = new();

    public bool Equals(StackFrame[]? x, StackFrame[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(StackFrame[] obj) => GetHashCode((ReadOnlySpan<StackFrame>)obj);

    public bool Equals(ReadOnlySpan<StackFrame> alternate, StackFrame[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<StackFrame> alternate)
    {
        HashCode hash = default;
        foreach (var frame in alternate)
        {
            hash.Add(frame.State?.Id ?? 0);
            hash.Add(frame.Count);
        }

        return hash.ToHashCode();
    }

    public StackFrame[] Create(ReadOnlySpan<StackFrame> alternate) => alternate.ToArray();
}
