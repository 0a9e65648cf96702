using System.Runtime.InteropServices;
using Gateway.Engine.Constraints.Automata;

namespace Gateway.Engine.Constraints.Masks;

/// <summary>
/// Sets of stacks by number, and where each byte leads from them, found out once: what walks over a vocabulary share. For use by one thread
/// at a time.
/// </summary>
internal sealed class ConfigurationTable
{
    /// <summary>The configuration from which nothing leads on.</summary>
    public const int Dead = 0;

    private const int Symbols = 256;
    private const int Unknown = -1;

    /// <summary>More are forgotten before the next mask is computed.</summary>
    private const int MaxKept = 4_096;

    private readonly Dictionary<int[], int> _ids = new(IntegersComparer.Instance);
    private readonly Dictionary<int[], int>.AlternateLookup<ReadOnlySpan<int>> _idsBySpan;
    private readonly List<int[]> _tops = [];
    private readonly List<bool> _isAtBase = [];
    private readonly List<int> _scratch = [];
    private readonly StackSet _set = new();
    private int[] _next = [];

    public ConfigurationTable()
    {
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<int>>();
        Clear();
    }

    public StackTable Stacks { get; } = new();

    /// <summary>Makes room where there is much that may not be used again. No number that was given out holds any longer then.</summary>
    public void ClearWhenLarge()
    {
        if (_tops.Count > MaxKept || Stacks.Count > MaxKept)
        {
            Stacks.Clear();
            _ids.Clear();
            _tops.Clear();
            _isAtBase.Clear();
            _next = [];
            Clear();
        }
    }

    /// <summary>Whether what is looked at may end here, so that what is below goes on.</summary>
    public bool IsAtBase(int configuration) => _isAtBase[configuration];

    /// <summary>The number of a set of stacks.</summary>
    public int Of(StackSet set)
    {
        if (set.IsDead)
        {
            return Dead;
        }

        _scratch.Clear();
        _scratch.AddRange(set.Tops);
        _scratch.Sort();
        _scratch.Add(set.IsAccepting ? -1 : -2);
        _scratch.Add(set.IsAtBase ? -1 : -2);
        var key = CollectionsMarshal.AsSpan(_scratch);
        return _idsBySpan.TryGetValue(key, out var id) ? id : Add(key.ToArray(), set.IsAtBase);
    }

    /// <summary>The configuration after a byte.</summary>
    public int Next(int configuration, byte value)
    {
        var next = _next[(configuration * Symbols) + value];
        if (next == Unknown)
        {
            Stacks.Step(_tops[configuration].AsSpan(..^2), value, _set);
            next = Of(_set);
            _next[(configuration * Symbols) + value] = next;
        }

        return next;
    }

    private void Clear() => Add([-2, -2], false);

    private int Add(int[] key, bool isAtBase)
    {
        var id = _tops.Count;
        _ids.Add(key, id);
        _tops.Add(key);
        _isAtBase.Add(isAtBase);
        if (_next.Length < (id + 1) * Symbols)
        {
            Array.Resize(ref _next, Math.Max(64, 2 * id) * Symbols);
        }

        _next.AsSpan(id * Symbols, Symbols).Fill(id == Dead ? Dead : Unknown);
        return id;
    }
}
