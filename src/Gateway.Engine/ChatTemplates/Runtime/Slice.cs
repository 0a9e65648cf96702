using System.Numerics;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>Python's <c>sequence[start:stop:step]</c>: negative bounds count from the end, bounds beyond the ends are cut.</summary>
internal static class Slice
{
    public static Value Of(Value subject, Value start, Value stop, Value step, RenderBudget budget)
    {
        switch (subject)
        {
            case StringValue text:
                return OfText(text.Text, start, stop, step, budget);
            case SequenceValue sequence:
                return sequence.With(Pick(sequence.Items, start, stop, step, budget));
            case UndefinedValue undefined:
                throw undefined.Error();
            default:
                throw new ChatTemplateException($"a '{subject.TypeName}' cannot be sliced; a list or string can.");
        }
    }

    private static StringValue OfText(string text, Value start, Value stop, Value step, RenderBudget budget)
    {
        budget.Walk(text.Length);
        if (Number(step, "step") is null or { IsOne: true } && !PythonString.HasSurrogates(text))
        {
            var first = Bound(start, text.Length, 0, 0, text.Length);
            var end = Bound(stop, text.Length, text.Length, 0, text.Length);
            budget.Allocate(Math.Max(0, end - first));
            return end <= first ? StringValue.Empty : new StringValue(text[first..end]);
        }

        budget.AllocateItems(text.Length);
        var picked = Pick(PythonString.CodePoints(text), start, stop, step, budget);
        return new StringValue(string.Concat(picked));
    }

    private static List<T> Pick<T>(IReadOnlyList<T> items, Value start, Value stop, Value step, RenderBudget budget)
    {
        var stride = Numbers.ToInt32Saturated(Number(step, "step") ?? BigInteger.One);
        if (stride == 0)
        {
            throw new ChatTemplateException("the step of a slice must not be 0.");
        }

        var count = items.Count;
        var forward = stride > 0;
        var first = forward ? Bound(start, count, 0, 0, count) : Bound(start, count, count - 1, -1, count - 1);
        var end = forward ? Bound(stop, count, count, 0, count) : Bound(stop, count, -1, -1, count - 1);
        var picked = new List<T>();
        for (long i = first; forward ? i < end : i > end; i += stride)
        {
            picked.Add(items[(int)i]);
        }

        budget.AllocateItems(picked.Count);
        return picked;
    }

    private static int Bound(Value bound, int count, int missing, int lowest, int highest)
    {
        if (Number(bound, "bound") is not { } number)
        {
            return missing;
        }

        return (int)BigInteger.Max(lowest, BigInteger.Min(highest, number.Sign < 0 ? number + count : number));
    }

    private static BigInteger? Number(Value value, string role) => value switch
    {
        NoneValue => null,
        _ when Numbers.TryInteger(value, out var number) => number,
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new ChatTemplateException($"the {role} of a slice must be an integer, not '{value.TypeName}'."),
    };
}
