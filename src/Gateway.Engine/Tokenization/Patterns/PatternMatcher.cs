using System.Buffers;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>
/// Runs a pattern over one text: backtracking with a stack on the heap, never by recursion over the text. When it has taken more
/// than <see cref="StepsPerCharacter"/> steps for each character, it begins to remember which choices have failed where. Without captures
/// and back references a choice that failed once at a place always fails there, so from then on the work is bounded by
/// choices × characters, whatever pattern and text are (the idea of RE2's BitState).
/// </summary>
internal ref struct PatternMatcher : IDisposable
{
    private const int StepsPerCharacter = 16;

    private readonly Instruction[] _code;
    private readonly int _stateCount;
    private readonly ReadOnlySpan<char> _text;
    private Frame[] _stack = ArrayPool<Frame>.Shared.Rent(64);
    private int _top;
    private int _depth;
    private long _budget;
    private ulong[]? _failed;
    private List<long>? _undo;

    public PatternMatcher(Pattern pattern, ReadOnlySpan<char> text)
    {
        _code = pattern.Code;
        _stateCount = pattern.StateCount;
        _text = text;
        _budget = 1000 + ((long)StepsPerCharacter * text.Length);
    }

    /// <summary>The end of the match that begins at <paramref name="position"/>; -1 when there is none.</summary>
    public int MatchAt(int position)
    {
        var end = Run(0, position);
        if (end >= 0)
        {
            ForgetAt(end);
        }

        return end;
    }

    public void Dispose() => ArrayPool<Frame>.Shared.Return(_stack);

    /// <summary>Lookaheads and atomic groups run through here again: as deep as they are nested in the pattern.</summary>
    private int Run(int pc, int position)
    {
        var bottom = _top;
        var undoBottom = _undo?.Count ?? 0;
        while (true)
        {
            Spend(1);
            if (!Step(ref pc, ref position, out var matched) && !Backtrack(bottom, out pc, out position))
            {
                return -1;
            }

            if (matched)
            {
                _top = bottom;
                Undo(undoBottom);
                return position;
            }
        }
    }

    /// <summary>One instruction. False when it does not match here.</summary>
    private bool Step(ref int pc, ref int position, out bool matched)
    {
        matched = false;
        var instruction = _code[pc];
        switch (instruction.Operation)
        {
            case Operation.Set:
                var length = position < _text.Length ? instruction.Set.MatchLength(_text, position) : 0;
                position += length;
                pc++;
                return length > 0;
            case Operation.Loop:
                return instruction.Mode == RepeatMode.Lazy ? StartLazyLoop(instruction, ref pc, ref position) : StartLoop(instruction, ref pc, ref position);
            case Operation.Split:
                return Split(instruction, ref pc, position);
            case Operation.Jump:
                pc = instruction.Target;
                return true;
            case Operation.Look:
                var found = RunEnclosed(pc + 1, position) >= 0;
                pc = instruction.Target;
                return found != instruction.IsNegative;
            case Operation.Atomic:
                position = RunEnclosed(pc + 1, position);
                pc = instruction.Target;
                return position >= 0;
            case Operation.Anchor:
                pc++;
                return AnchorTest.Holds(instruction.Anchor, _text, position);
            default:
                matched = true;
                return true;
        }
    }

    private int RunEnclosed(int pc, int position)
    {
        _depth++;
        var end = Run(pc, position);
        _depth--;
        return end;
    }

    private bool Split(Instruction split, ref int pc, int position)
    {
        if (HasFailed(split, position))
        {
            return false;
        }

        var target = CanGoOn(split.TargetFirst, position);
        var alternative = CanGoOn(split.AlternativeFirst, position);
        if (target && alternative)
        {
            Push(new Frame(split.Alternative, position, Frame.Branch));
        }

        pc = target ? split.Target : split.Alternative;
        return target || alternative;
    }

    /// <summary>Takes as many characters as it can; a greedy loop gives them back one by one when the rest does not match.</summary>
    private bool StartLoop(Instruction loop, ref int pc, ref int position)
    {
        var (start, least, end) = (position, loop.Min == 0 ? position : -1, position);
        for (var count = 0; ;)
        {
            if (count >= loop.Min && HasFailed(loop, end))
            {
                // Whoever was here before went on to the same end from here. What is left are the places before this one.
                if (loop.Mode == RepeatMode.Possessive || end == least)
                {
                    return false;
                }

                end = Previous(end);
                break;
            }

            var length = count < loop.Max && end < _text.Length ? loop.Set.MatchLength(_text, end) : 0;
            if (length == 0)
            {
                break;
            }

            end += length;
            if (++count == loop.Min)
            {
                least = end;
            }
        }

        Spend(end - start);
        if (least < 0)
        {
            return false;
        }

        if (loop.Mode == RepeatMode.Greedy && end > least)
        {
            Push(new Frame(pc, end, least));
        }

        position = end;
        pc++;
        return true;
    }

    /// <summary>Takes its minimum; more only when the rest does not match.</summary>
    private bool StartLazyLoop(Instruction loop, ref int pc, ref int position)
    {
        for (var count = 0; count < loop.Min; count++)
        {
            var length = position < _text.Length ? loop.Set.MatchLength(_text, position) : 0;
            if (length == 0)
            {
                return false;
            }

            position += length;
        }

        if (HasFailed(loop, position))
        {
            return false;
        }

        Push(new Frame(pc, position, loop.Min));
        pc++;
        return true;
    }

    /// <summary>Takes up the youngest choice that has another way to go. False when none above <paramref name="bottom"/> has.</summary>
    private bool Backtrack(int bottom, out int pc, out int position)
    {
        while (_top > bottom)
        {
            var frame = _stack[--_top];
            (pc, position) = (frame.Pc, frame.Position);
            if (frame.Bound == Frame.Branch)
            {
                return true;
            }

            var loop = _code[pc++];
            if (loop.Mode == RepeatMode.Lazy ? TakeOne(loop, frame, ref position) : GiveBack(loop, frame, ref position))
            {
                return true;
            }
        }

        (pc, position) = (0, 0);
        return false;
    }

    private bool TakeOne(Instruction loop, Frame frame, ref int position)
    {
        var length = frame.Bound < loop.Max && position < _text.Length ? loop.Set.MatchLength(_text, position) : 0;
        position += length;
        if (length == 0 || HasFailed(loop, position))
        {
            return false;
        }

        Push(new Frame(frame.Pc, position, frame.Bound + 1));
        return true;
    }

    private bool GiveBack(Instruction loop, Frame frame, ref int position)
    {
        var from = position;
        do
        {
            if (position == frame.Bound)
            {
                Spend(from - position);
                return false;
            }

            position = Previous(position);
        }
        while (!CanGoOn(loop.Follow, position));

        Spend(from - position);
        if (position > frame.Bound)
        {
            Push(new Frame(frame.Pc, position, frame.Bound));
        }

        return true;
    }

    private readonly bool CanGoOn(CodePointSet? first, int position) =>
        first is null || (position < _text.Length && first.MatchLength(_text, position) > 0);

    private readonly int Previous(int position) => position - (char.IsLowSurrogate(_text[position - 1]) ? 2 : 1);

    private void Push(Frame frame)
    {
        if (_top == _stack.Length)
        {
            var larger = ArrayPool<Frame>.Shared.Rent(_stack.Length * 2);
            _stack.CopyTo(larger, 0);
            ArrayPool<Frame>.Shared.Return(_stack);
            _stack = larger;
        }

        _stack[_top++] = frame;
    }

    /// <summary>True when the choice has been here before. Otherwise it is noted: should it succeed, nobody asks again.</summary>
    private bool HasFailed(Instruction choice, int position)
    {
        if (_failed is null || choice.State < 0)
        {
            return false;
        }

        var bit = ((long)position * _stateCount) + choice.State;
        ref var word = ref _failed[bit >> 6];
        if ((word >> (int)bit & 1) != 0)
        {
            return true;
        }

        word |= 1UL << (int)bit;
        if (_depth > 0)
        {
            (_undo ??= []).Add(bit);
        }

        return false;
    }

    /// <summary>A lookahead or an atomic group that matched has notes of choices that did not fail: all of its notes go.</summary>
    private readonly void Undo(int bottom)
    {
        if (_undo is null)
        {
            return;
        }

        for (var i = bottom; i < _undo.Count; i++)
        {
            _failed![_undo[i] >> 6] &= ~(1UL << (int)_undo[i]);
        }

        _undo.RemoveRange(bottom, _undo.Count - bottom);
    }

    /// <summary>Where a match ends the next one may begin, by choices that have just succeeded there.</summary>
    private readonly void ForgetAt(int position)
    {
        for (var state = 0; _failed is not null && state < _stateCount; state++)
        {
            var bit = ((long)position * _stateCount) + state;
            _failed[bit >> 6] &= ~(1UL << (int)bit);
        }
    }

    private void Spend(int steps)
    {
        _budget -= steps;
        if (_budget < 0 && _failed is null)
        {
            _failed = new ulong[(((_text.Length + 1L) * _stateCount) >> 6) + 1];
        }
    }

    /// <param name="Pc">Where to go on: the instruction of the loop, or the branch itself.</param>
    /// <param name="Position">Where in the text.</param>
    /// <param name="Bound"><see cref="Branch"/>; else of a greedy loop the place before which it gives nothing back, of a lazy one the number of characters taken.</param>
    private readonly record struct Frame(int Pc, int Position, int Bound)
    {
        public const int Branch = -1;
    }
}
