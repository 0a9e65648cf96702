namespace Gateway.Routing.Difficulty.Features;

/// <summary>Where the question ends and its options begin. Options are the last lines "A. " to "D. " (or "A) " to "D) ") in that order.</summary>
internal readonly ref struct PromptLayout
{
    public const int OptionCount = 4;

    private PromptLayout(PromptForm form, int a, int b, int c, int d, int end)
    {
        Form = form;
        (A, B, C, D, End) = (a, b, c, d, end);
    }

    public PromptForm Form { get; }

    /// <summary>The offset of the line of option A, where the question ends; the text's length for an open prompt.</summary>
    public int A { get; }

    private int B { get; }

    private int C { get; }

    private int D { get; }

    private int End { get; }

    public static PromptLayout Find(ReadOnlySpan<char> text)
    {
        if (TryFind(text, "\nA. ", "\nB. ", "\nC. ", "\nD. ", out var layout) || TryFind(text, "\nA) ", "\nB) ", "\nC) ", "\nD) ", out layout))
        {
            return layout;
        }

        int end = text.Length;
        return new PromptLayout(PromptForm.Open, end, end, end, end, end);
    }

    /// <summary>The option (0 to 3) whose text covers <paramref name="position"/>; -1 in the question, in a label or behind the last option.</summary>
    public int OptionAt(int position)
    {
        const int label = 4;
        var (option, start) = position >= D ? (3, D) : position >= C ? (2, C) : position >= B ? (1, B) : (0, A);
        return position < A || position >= End || position < start + label ? -1 : option;
    }

    private static bool TryFind(
        ReadOnlySpan<char> text, string labelA, string labelB, string labelC, string labelD, out PromptLayout layout)
    {
        layout = default;
        int d = text.LastIndexOf(labelD);
        int c = d < 0 ? -1 : text[..d].LastIndexOf(labelC);
        int b = c < 0 ? -1 : text[..c].LastIndexOf(labelB);
        int a = b < 0 ? -1 : text[..b].LastIndexOf(labelA);
        if (a < 0)
        {
            return false;
        }

        int lineEnd = text[(d + 1)..].IndexOf('\n');
        layout = new PromptLayout(PromptForm.MultipleChoice, a, b, c, d, lineEnd < 0 ? text.Length : d + 1 + lineEnd);
        return true;
    }
}
