using System.Runtime.InteropServices;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Masks;

namespace Gateway.Engine.Constraints;

/// <summary>
/// One answer's way through its grammar. As soon as a token is known, the mask for the next one is looked up, or computed on a thread of the
/// pool while the model runs; whoever chooses the token waits for it only if it is not ready by then.
/// </summary>
/// <remarks>
/// Used by the engine's thread, and between <see cref="Advance"/> and <see cref="WaitForMask"/> by the one that computes. Once tables have
/// grown to what the grammar takes, nothing is allocated but masks that are computed.
/// </remarks>
internal sealed class AnswerConstraint : IThreadPoolWorkItem
{
    /// <summary>Stacks that no longer matter are forgotten when there are more.</summary>
    private const int MaxKeptStacks = 4_096;

    private readonly TokenMasks _masks;
    private readonly PushdownAutomaton _automaton;
    private readonly int? _beginsAfter;
    private readonly IReadOnlySet<int> _endIds;
    private readonly StackTable _stacks = new();
    private readonly List<StackFrame> _written = [];
    private readonly uint[] _mask;
    private readonly object _lock = new();
    private StackSet _current = new();
    private StackSet _next = new();
    private StackSet _spare = new();
    private bool _isPending;
    private Exception? _failure;

    /// <param name="masks">Of the model.</param>
    /// <param name="automaton">The grammar.</param>
    /// <param name="beginsAfter">The answer is free up to this token; null: nowhere.</param>
    /// <param name="endIds">Ids that end the answer, at least one; allowed where the grammar is fulfilled.</param>
    public AnswerConstraint(TokenMasks masks, PushdownAutomaton automaton, int? beginsAfter, IReadOnlySet<int> endIds)
    {
        (_masks, _automaton, _beginsAfter, _endIds) = (masks, automaton, beginsAfter, endIds);
        _mask = new uint[masks.WordCount];
        _stacks.Begin(_automaton.Root, _current);
        IsActive = _beginsAfter is null;
        if (IsActive)
        {
            Prepare();
        }
    }

    /// <summary>False while the answer is still free, before the token that ends the reasoning.</summary>
    public bool IsActive { get; private set; }

    /// <summary>What an answer that cannot go on ends with.</summary>
    public EngineException Failure => _failure switch
    {
        GrammarException known => known,
        { } other => new EngineException("The mask of the answer's grammar could not be computed: " + other.Message, other),
        null when _stacks.HasReachedMaxDepth =>
            new GrammarException($"The answer cannot go on: its grammar demands deeper nesting than {StackTable.MaxDepth}."),
        null => new GrammarException("The answer cannot go on: no token of the vocabulary continues it as its grammar demands."),
    };

    /// <summary>
    /// The tokens that may come next, one bit per id, lowest ids in the lowest bits; empty where there are none or an error occurred, which
    /// <see cref="Failure"/> then tells. Valid until the next token.
    /// </summary>
    public ReadOnlySpan<uint> WaitForMask()
    {
        lock (_lock)
        {
            while (_isPending)
            {
                Monitor.Wait(_lock);
            }
        }

        return _failure is null && _mask.AsSpan().ContainsAnyExcept(0u) ? _mask : [];
    }

    /// <summary>The next token is this one; starts with the mask for the one behind it.</summary>
    /// <exception cref="GrammarException">The grammar does not allow it, or there are too many ways to read the answer.</exception>
    public void Advance(int tokenId)
    {
        if (!IsActive)
        {
            if (tokenId != _beginsAfter)
            {
                return;
            }

            IsActive = true;
        }
        else
        {
            Take(tokenId);
        }

        Prepare();
    }

    /// <summary>Computes the mask; for the pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            Fill(_masks.Build(CollectionsMarshal.AsSpan(_written)));
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
        finally
        {
            lock (_lock)
            {
                _isPending = false;
                Monitor.Pulse(_lock);
            }
        }
    }

    private void Take(int tokenId)
    {
        ForgetWhenMany();
        TakeText(_masks.TextOf(tokenId));
        if (_automaton.TokenIds.Contains(tokenId))
        {
            _stacks.StepToken(_current, tokenId, _spare);
            foreach (var top in _spare.Tops)
            {
                if (!_next.Tops.Contains(top))
                {
                    _next.Tops.Add(top);
                }
            }

            _next.IsAccepting |= _spare.IsAccepting;
        }

        (_current, _next) = (_next, _current);
        if (_current.IsDead)
        {
            throw new GrammarException($"Token {tokenId} is not what the answer's grammar allows here.");
        }
    }

    /// <summary>Leaves the stacks behind a text in <see cref="_next"/>; none for no text.</summary>
    private void TakeText(ReadOnlySpan<byte> text)
    {
        _next.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            _stacks.Step(i == 0 ? _current : _next, text[i], _spare);
            (_spare, _next) = (_next, _spare);
        }
    }

    private void Prepare()
    {
        _written.Clear();
        _stacks.Write(_current, TokenTrie.MaxTokenBytes, _written);
        if (_masks.TryGet(CollectionsMarshal.AsSpan(_written), out var mask))
        {
            Fill(mask);
        }
        else
        {
            _isPending = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Fill(uint[] mask)
    {
        mask.CopyTo(_mask, 0);
        if (_current.IsAccepting)
        {
            foreach (var id in _endIds)
            {
                _mask[id / 32] |= 1u << (id % 32);
            }
        }
    }

    private void ForgetWhenMany()
    {
        if (_stacks.Count <= MaxKeptStacks)
        {
            return;
        }

        _written.Clear();
        _stacks.Write(_current, int.MaxValue, _written);
        _stacks.Clear();
        _current.Tops.Clear();
        var stacks = CollectionsMarshal.AsSpan(_written);
        while (!stacks.IsEmpty)
        {
            var length = stacks.IndexOf(default(StackFrame));
            _current.Tops.Add(_stacks.Read(stacks[..length]));
            stacks = stacks[(length + 1)..];
        }
    }
}
