using System.Runtime.InteropServices;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>
/// Stacks as linked entries, each different one there once, so that those that have a beginning in common share it and comparing two is
/// comparing numbers. Reading a byte gives a new set of stacks. For use by one thread at a time.
/// </summary>
internal sealed class StackTable
{
    /// <summary>Under the first entry of a whole stack.</summary>
    public const int Bottom = 0;

    /// <summary>Under the first entry where what is below is not looked at.</summary>
    public const int Base = 1;

    /// <summary>Deeper nesting is not entered; JSON readers refuse it too.</summary>
    public const int MaxDepth = 128;

    /// <summary>Most ways to read an answer that are followed at once.</summary>
    private const int MaxStacks = 512;

    private readonly List<Entry> _entries = [];
    private readonly Dictionary<(int State, int Count, int Below), int> _ids = [];
    private int _mark;

    public StackTable() => Clear();

    public int Count => _entries.Count;

    /// <summary>Whether nesting was refused since the table was cleared.</summary>
    public bool HasReachedMaxDepth { get; private set; }

    public void Clear()
    {
        _entries.Clear();
        _ids.Clear();
        _entries.Add(default);
        _entries.Add(default);
        HasReachedMaxDepth = false;
    }

    public AutomatonState StateOf(int id) => _entries[id].State;

    public int BelowOf(int id) => _entries[id].Below;

    /// <summary>The stacks before anything was read.</summary>
    public void Begin(RuleAutomaton root, StackSet result)
    {
        Open(result);
        Add(root.Start, 0, Bottom, result);
    }

    /// <summary>The stacks that a state leads to on top of an entry.</summary>
    public void Begin(AutomatonState state, int below, StackSet result)
    {
        Open(result);
        Add(state, 0, below, result);
    }

    /// <summary>The stacks where what was above an entry has ended.</summary>
    public void Resume(int id, StackSet result)
    {
        Open(result);
        Return(id, result);
    }

    /// <summary>The stacks after a byte.</summary>
    /// <exception cref="GrammarException">There are too many of them.</exception>
    public void Step(StackSet from, byte value, StackSet result) => Step(CollectionsMarshal.AsSpan(from.Tops), value, result);

    /// <summary>The stacks after a byte, from those with these top entries.</summary>
    /// <exception cref="GrammarException">There are too many of them.</exception>
    public void Step(ReadOnlySpan<int> tops, byte value, StackSet result)
    {
        Open(result);
        foreach (var id in tops)
        {
            var entry = _entries[id];
            if (entry.State.Next(value) is { } target)
            {
                Add(target, 0, entry.Below, result);
            }
        }
    }

    /// <summary>Adds the stacks after a token that is named by its id.</summary>
    public void StepToken(StackSet from, int tokenId, StackSet result)
    {
        foreach (var id in from.Tops)
        {
            var entry = _entries[id];
            foreach (var edge in entry.State.Tokens)
            {
                if (edge.Id == tokenId)
                {
                    Add(edge.Target, 0, entry.Below, result);
                }
            }
        }
    }

    /// <summary>Writes stacks down from top to bottom, each ended by an empty frame. Counts are replaced by those that stand for them.</summary>
    /// <param name="set">The stacks.</param>
    /// <param name="horizon">The most bytes that will be looked ahead.</param>
    /// <param name="frames">Receives them behind what it holds.</param>
    public void Write(StackSet set, int horizon, List<StackFrame> frames)
    {
        foreach (var top in set.Tops)
        {
            for (var id = top; id > Base; id = _entries[id].Below)
            {
                var entry = _entries[id];
                frames.Add(new StackFrame(entry.State, entry.State.Counter?.Representative(entry.Count, horizon) ?? 0));
            }

            frames.Add(default);
        }
    }

    /// <summary>The top entry of a stack that was written down.</summary>
    /// <param name="frames">From top to bottom, without the empty frame.</param>
    public int Read(ReadOnlySpan<StackFrame> frames)
    {
        var below = Bottom;
        for (var i = frames.Length - 1; i >= 0; i--)
        {
            below = Intern(frames[i].State!, frames[i].Count, below);
        }

        return below;
    }

    private void Open(StackSet result)
    {
        result.Clear();
        _mark++;
    }

    /// <summary>Adds a state on top of an entry, and all that it leads to without reading anything.</summary>
    private void Add(AutomatonState state, int count, int below, StackSet result)
    {
        var id = Intern(state, count, below);
        ref var entry = ref CollectionsMarshal.AsSpan(_entries)[id];
        if (entry.Mark == _mark)
        {
            return;
        }

        entry.Mark = _mark;
        if (state.Counter is { } counter)
        {
            AddCounter(counter, state, count, below, result);
            return;
        }

        if (state.Bytes.Length + state.Tokens.Length > 0)
        {
            result.Tops.Add(id);
            if (result.Tops.Count > MaxStacks)
            {
                throw new GrammarException($"The grammar is too ambiguous: the answer so far can be read in more than {MaxStacks} ways.");
            }
        }

        if (state.IsAccepting)
        {
            Return(below, result);
        }

        foreach (var call in state.Calls)
        {
            Enter(call.Callee, call.Return, 0, below, result);
        }
    }

    private void AddCounter(RepeatCounter counter, AutomatonState state, int count, int below, StackSet result)
    {
        if (count >= counter.Min)
        {
            Return(below, result);
        }

        if (counter.Max is null || count < counter.Max)
        {
            Enter(counter.Body, state, counter.Next(count), below, result);
        }
    }

    private void Enter(RuleAutomaton callee, AutomatonState @return, int count, int below, StackSet result)
    {
        // Nothing comes behind the call: what is below is returned to at once.
        var isLast = @return.IsEnd || (@return.Counter is { } counter && count == counter.Max && count >= counter.Min);
        var frame = isLast ? below : Intern(@return, count, below);
        if (_entries[frame].Depth > MaxDepth)
        {
            HasReachedMaxDepth = true;
            return;
        }

        Add(callee.Start, 0, frame, result);
    }

    private void Return(int id, StackSet result)
    {
        if (id == Bottom)
        {
            result.IsAccepting = true;
        }
        else if (id == Base)
        {
            result.IsAtBase = true;
        }
        else
        {
            var entry = _entries[id];
            Add(entry.State, entry.Count, entry.Below, result);
        }
    }

    private int Intern(AutomatonState state, int count, int below)
    {
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, (state.Id, count, below), out var isKnown);
        if (!isKnown)
        {
            id = _entries.Count;
            _entries.Add(new Entry { State = state, Count = count, Below = below, Depth = _entries[below].Depth + 1 });
        }

        return id;
    }

    private struct Entry
    {
        public AutomatonState State;
        public int Count;
        public int Below;
        public int Depth;

        /// <summary>The set that it was last added to.</summary>
        public int Mark;
    }
}
