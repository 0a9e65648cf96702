using System.Runtime.CompilerServices;
using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Features;

namespace Gateway.Routing;

/// <summary>
/// Tells the kind of task by cheap cues: words with a weight each, doubled among the first words, where a request says what it wants; code
/// fences and the density of brackets; quantities; options; script and function words of other languages. The kind with the most points
/// wins if it has enough, otherwise the task is general.
/// </summary>
internal static class TaskCues
{
    /// <summary>Of longer prompts the beginning and the end are read, in UTF-16 units: what is wanted stands there.</summary>
    private const int HeadLength = 1024;
    private const int TailLength = 512;

    /// <summary>One strong cue is enough, a weak one is not.</summary>
    private const int EnoughPoints = 3;
    private const int LeadingWords = 5;
    private const int FencePoints = 4;
    private const int BracketPoints = 3;
    private const int BracketPercent = 12;
    private const int QuantityPoints = 3;
    private const int OptionPoints = 3;
    private const int ForeignPercent = 30;
    private const int FewestForeignFunctionWords = 2;

    public static TaskKind Classify(ReadOnlySpan<char> question)
    {
        var points = default(Points);
        var shape = default(Shape);
        Read(question[..Math.Min(question.Length, HeadLength)], isHead: true, ref points, ref shape);
        if (question.Length > HeadLength)
        {
            Read(question[^Math.Min(question.Length - HeadLength, TailLength)..], isHead: false, ref points, ref shape);
        }

        if (question.Contains("```", StringComparison.Ordinal))
        {
            points[(int)TaskKind.Code] += FencePoints;
        }

        if (100 * shape.Brackets > BracketPercent * shape.Tokens && shape.Tokens > 10)
        {
            points[(int)TaskKind.Code] += BracketPoints;
        }

        if ((shape.Numbers >= 2 && shape.Quantities >= 1) || (shape.Numbers >= 1 && shape.Quantities >= 3))
        {
            points[(int)TaskKind.Math] += QuantityPoints;
        }

        if (PromptLayout.Find(question).Form == PromptForm.MultipleChoice)
        {
            points[(int)TaskKind.Reasoning] += OptionPoints;
        }

        // Cue words are English: where they are found in a text of another language, names of techniques and of languages remain, which count.
        return Best(points) is var best and not TaskKind.General ? best : shape.IsForeign ? TaskKind.Languages : TaskKind.General;
    }

    private static void Read(ReadOnlySpan<char> text, bool isHead, ref Points points, ref Shape shape)
    {
        var lexer = new TextLexer(text);
        while (lexer.TryRead(out var token))
        {
            var word = token.Kind == TextTokenKind.Word && TaskWords.TryFind(token.Hash, out var found) ? found : default;
            shape.Add(token, token.Kind == TextTokenKind.Symbol ? text[token.Start] : '\0', word.Class);
            if (word.Points > 0)
            {
                bool isLeading = isHead && shape.Words <= LeadingWords;
                points[(int)word.Task] += isLeading ? 2 * word.Points : word.Points;
            }
        }
    }

    private static TaskKind Best(in Points points)
    {
        var best = TaskKind.General;
        int most = EnoughPoints - 1;
        for (int i = 1; i < Points.Count; i++)
        {
            if (points[i] > most)
            {
                (best, most) = ((TaskKind)i, points[i]);
            }
        }

        return best;
    }

    /// <summary>What is counted beside the cue words.</summary>
    private struct Shape
    {
        private int _foreignWords;
        private int _englishFunctionWords;
        private int _otherFunctionWords;

        public int Tokens { get; private set; }

        public int Words { get; private set; }

        public int Numbers { get; private set; }

        /// <summary>Words that ask for or compare amounts.</summary>
        public int Quantities { get; private set; }

        public int Brackets { get; private set; }

        public readonly bool IsForeign =>
            100 * _foreignWords > ForeignPercent * Words
            || (_otherFunctionWords >= FewestForeignFunctionWords && _otherFunctionWords > _englishFunctionWords);

        public void Add(in TextToken token, char symbol, TaskWordClass wordClass)
        {
            Tokens++;
            Numbers += token.Kind == TextTokenKind.Number ? 1 : 0;
            Brackets += symbol is '{' or '}' or '(' or ')' or '[' or ']' or ';' or '<' or '>' ? 1 : 0;
            Words += token.Kind == TextTokenKind.Word ? 1 : 0;
            _foreignWords += token.Kind == TextTokenKind.Word && token.IsForeign ? 1 : 0;
            Quantities += wordClass == TaskWordClass.Quantity ? 1 : 0;
            _englishFunctionWords += wordClass == TaskWordClass.English ? 1 : 0;
            _otherFunctionWords += wordClass == TaskWordClass.OtherLanguage ? 1 : 0;
        }
    }

    /// <summary>By <see cref="TaskKind"/>.</summary>
    [InlineArray(Count)]
    private struct Points
    {
        public const int Count = (int)TaskKind.Extraction + 1;
        private int _first;
    }
}
