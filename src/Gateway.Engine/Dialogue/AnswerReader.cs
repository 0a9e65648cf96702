using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Dialogue;

/// <summary>
/// Takes an answer apart, token by token: reasoning first, then content and calls of functions. Reasoning is told by its marks, which are
/// tokens; without an end mark all is reasoning. Stop strings are looked for in content alone: what the model thinks, and the arguments of
/// calls, may hold any text.
/// </summary>
/// <param name="tokenizer">Turns ids into text.</param>
/// <param name="marks">The marks of reasoning; null when the model has none.</param>
/// <param name="start">Where the prompt leaves the model.</param>
/// <param name="calls">Finds calls; null when no functions were offered.</param>
/// <param name="callMarks">Their marks; null without <paramref name="calls"/>.</param>
/// <param name="stops">Stop strings; they are not part of the content.</param>
internal sealed class AnswerReader(
    Tokenizer tokenizer, ReasoningMarks? marks, ReasoningStart start, ToolCallReader? calls, ToolCallMarks? callMarks, IReadOnlyList<string> stops)
{
    private readonly StreamingDecoder _decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: true);
    private readonly ReasoningText _reasoning = new();
    private readonly StopStrings _stop = new(stops);
    private Phase _phase = marks is null || start == ReasoningStart.Over ? Phase.Answer : start == ReasoningStart.Inside ? Phase.Reasoning : Phase.Start;
    private string _leading = "";
    private bool _skipsLeading;

    private enum Phase
    {
        /// <summary>Nothing but white space so far; the model may open its reasoning.</summary>
        Start,

        Reasoning,

        Answer,
    }

    /// <summary>Takes the next token of the answer.</summary>
    public ChatDelta Next(in GeneratedToken token)
    {
        List<AnswerPart> parts = [];
        var isReasoning = Read(token, parts);
        var isOver = _stop.IsStopped || calls is { IsDone: true };
        if (token.Finish is not null && !isOver)
        {
            Flush(parts, isCutOff: token.Finish == FinishReason.Length);
            isOver = _stop.IsStopped;
        }

        return new ChatDelta(parts, token, isReasoning, isOver ? FinishReason.Stop : token.Finish);
    }

    /// <summary>Whether the token was spent on reasoning.</summary>
    private bool Read(in GeneratedToken token, List<AnswerPart> parts)
    {
        // The token that ends an answer is not part of its text.
        if (token.Finish == FinishReason.Stop)
        {
            return false;
        }

        if (_phase == Phase.Start)
        {
            if (token.Id == marks!.BeginId)
            {
                _phase = Phase.Reasoning;
                _leading = "";
                return true;
            }

            if (ReasoningMarks.IsWhiteSpace(tokenizer.BytesOf(token.Id).Span))
            {
                _leading += _decoder.Next(token.Id);
                return false;
            }

            _phase = Phase.Answer;
            AddAnswer(_leading, parts);
            _leading = "";
        }

        if (_phase == Phase.Reasoning)
        {
            ReadReasoning(token.Id, parts);
            return true;
        }

        if (callMarks?.OfToken(token.Id) is { } mark)
        {
            AddAnswer(ToolCallMarks.Clean(_decoder.Flush()) + mark, parts);
        }
        else
        {
            AddAnswer(callMarks is null ? _decoder.Next(token.Id) : ToolCallMarks.Clean(_decoder.Next(token.Id)), parts);
        }

        return false;
    }

    private void ReadReasoning(int id, List<AnswerPart> parts)
    {
        var isEnd = id == marks!.EndId;
        Add(AnswerPartKind.Reasoning, _reasoning.Next(isEnd ? _decoder.Flush() : _decoder.Next(id)), parts);
        if (isEnd)
        {
            _phase = Phase.Answer;
            _skipsLeading = true;
        }
    }

    private void Flush(List<AnswerPart> parts, bool isCutOff)
    {
        var rest = _decoder.Flush();
        if (_phase == Phase.Reasoning)
        {
            Add(AnswerPartKind.Reasoning, _reasoning.Next(rest), parts);
            return;
        }

        AddAnswer(_leading + rest, parts);
        if (calls is not null && !_stop.IsStopped)
        {
            List<AnswerPart> held = [];
            calls.Flush(held, isCutOff);
            Filter(held, parts);
        }

        Add(AnswerPartKind.Content, _stop.Flush(), parts);
    }

    /// <summary>Text behind the reasoning: content, and marks and text of calls.</summary>
    private void AddAnswer(string text, List<AnswerPart> parts)
    {
        if (_skipsLeading)
        {
            // The blank lines behind the end mark are part of the model's format.
            text = text.TrimStart();
            _skipsLeading = text.Length == 0;
        }

        if (text.Length == 0)
        {
            return;
        }

        List<AnswerPart> found = [];
        if (calls is null)
        {
            found.Add(new AnswerPart(AnswerPartKind.Content, text));
        }
        else
        {
            calls.Next(text, found);
        }

        Filter(found, parts);
    }

    private void Filter(List<AnswerPart> found, List<AnswerPart> parts)
    {
        foreach (var part in found)
        {
            if (part.Kind == AnswerPartKind.Content)
            {
                Add(AnswerPartKind.Content, _stop.Next(part.Text), parts);
            }
            else if (!_stop.IsStopped)
            {
                // No stop string reaches across a call.
                Add(AnswerPartKind.Content, _stop.Flush(), parts);
                parts.Add(part);
            }
        }
    }

    private static void Add(AnswerPartKind kind, string text, List<AnswerPart> parts)
    {
        if (text.Length > 0)
        {
            parts.Add(new AnswerPart(kind, text));
        }
    }
}
