using System.Text;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// Finds the calls in an answer while it is being generated, and lets everything else through. What it gives depends on the text alone, not
/// on the pieces that it comes in. A call is announced as soon as its function is known, one that was offered; its arguments follow as the
/// model writes them. What only looked like a call is text: it is given back whole, its marks included. White space before a call, and
/// between calls, belongs to the format and is dropped.
/// </summary>
/// <param name="format">How the model writes calls.</param>
/// <param name="names">The functions that may be called.</param>
/// <param name="isParallel">Whether several calls are wanted; else the answer ends behind the first.</param>
internal sealed class ToolCallReader(ToolCallFormat format, IReadOnlySet<string> names, bool isParallel)
{
    private readonly bool _isParallel = isParallel && format.IsParallel;
    private string _text = "";
    private string _gap = "";
    private State _state = State.Text;
    private ArgumentReader? _arguments;
    private int _tail;
    private bool _isStart = true;
    private bool _hasCall;

    private enum State
    {
        /// <summary>Text of the answer, until something opens a call.</summary>
        Text,

        /// <summary>At an opening: is it a call?</summary>
        Head,

        /// <summary>In the arguments of a call that has been announced.</summary>
        Arguments,

        /// <summary>Behind them, where the format closes the call.</summary>
        Tail,
    }

    /// <summary>Whether the one call that was wanted is complete; the answer ends here.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes the next piece of the answer and adds what is clear by now.</summary>
    /// <param name="text">Whole characters, with marks as <see cref="ToolCallMarks.Spell"/> has them.</param>
    /// <param name="parts">Gets content, calls and arguments, in their order.</param>
    public void Next(string text, List<AnswerPart> parts)
    {
        _text += text;
        while (!IsDone && Step(parts))
        {
        }
    }

    /// <summary>The answer has ended: gives what was held back.</summary>
    /// <param name="parts">Gets it.</param>
    /// <param name="isCutOff">Whether the model would have gone on: a call that had only begun is no text then, and is dropped.</param>
    public void Flush(List<AnswerPart> parts, bool isCutOff)
    {
        var rest = _state switch
        {
            State.Text when _hasCall => _text[..^(isCutOff ? format.LengthOfBeginning(_text) : 0)].TrimEnd(),
            State.Text => _text,
            State.Head => isCutOff && format.BeginsWithMark(_text) ? "" : _gap + _text,
            _ => "",
        };
        AddText(rest, parts);
        _text = "";
    }

    /// <summary>False when more text has to come first.</summary>
    private bool Step(List<AnswerPart> parts) => _text.Length > 0 && _state switch
    {
        State.Text => ReadText(parts),
        State.Head => ReadHead(parts),
        State.Arguments => ReadArguments(parts),
        _ => ReadTail(),
    };

    private bool ReadText(List<AnswerPart> parts)
    {
        var opening = format.FindOpening(_text, _isStart);
        var end = _hasCall && format.ListEnd is { } mark ? _text.IndexOf(mark, StringComparison.Ordinal) : -1;
        if (end >= 0 && (opening is null || end < opening.Value.At))
        {
            AddText(_text[..end].TrimEnd(), parts);
            _text = _text[(end + format.ListEnd!.Length)..];
            return true;
        }

        if (opening is not { } found)
        {
            // White space waits too: it is dropped if a call follows.
            var clear = _text.AsSpan(0, _text.Length - format.LengthOfBeginning(_text)).TrimEnd().Length;
            AddText(_text[..clear], parts);
            _text = _text[clear..];
            return false;
        }

        var text = _text[..found.At].TrimEnd();
        AddText(text, parts);
        _gap = _text[text.Length..found.At];
        _text = _text[found.At..];
        _state = State.Head;
        return true;
    }

    private bool ReadHead(List<AnswerPart> parts)
    {
        var head = format.ReadHead(_text, names);
        switch (head.Outcome)
        {
            case CallHeadOutcome.NeedsMore:
                return false;
            case CallHeadOutcome.NoCall:
                var (_, length) = format.FindOpening(_text, _isStart)!.Value;
                AddText(_gap + _text[..length], parts);
                _text = _text[length..];
                _state = State.Text;
                return true;
            default:
                _hasCall = true;
                _isStart = false;
                parts.Add(new AnswerPart(AnswerPartKind.Call, head.Name));
                _text = _text[head.Length..];
                if (head.Outcome == CallHeadOutcome.Call)
                {
                    _arguments = format.CreateArgumentReader();
                    _state = State.Arguments;
                }
                else
                {
                    AddArguments(head.Arguments, parts);
                    EndCall();
                }

                return true;
        }
    }

    private bool ReadArguments(List<AnswerPart> parts)
    {
        StringBuilder json = new();
        _text = _text[_arguments!.Read(_text, json)..];
        AddArguments(json.ToString(), parts);
        if (_arguments.IsOver)
        {
            EndCall();
        }

        return _arguments.IsOver;
    }

    private void EndCall()
    {
        _state = State.Tail;
        _tail = 0;
        IsDone = !_isParallel;
    }

    private bool ReadTail()
    {
        while (_tail < format.Tail.Count)
        {
            var mark = format.Tail[_tail];
            var next = _text.TrimStart();
            if (next.StartsWith(mark, StringComparison.Ordinal))
            {
                _text = next[mark.Length..];
            }
            else if (mark.StartsWith(next, StringComparison.Ordinal))
            {
                return false;
            }

            _tail++;
        }

        _state = State.Text;
        return true;
    }

    private void AddText(string text, List<AnswerPart> parts)
    {
        if (text.Length > 0)
        {
            _isStart = false;
            parts.Add(new AnswerPart(AnswerPartKind.Content, format.Marks.Show(text)));
        }
    }

    private void AddArguments(string text, List<AnswerPart> parts)
    {
        if (text.Length > 0)
        {
            parts.Add(new AnswerPart(AnswerPartKind.Arguments, format.Marks.Show(text)));
        }
    }
}
