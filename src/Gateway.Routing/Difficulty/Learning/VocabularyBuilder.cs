using Gateway.Routing.Difficulty.Features;

namespace Gateway.Routing.Difficulty.Learning;

/// <summary>Counts in how many prompts each term occurs and keeps those that recur.</summary>
internal static class VocabularyBuilder
{
    public static Vocabulary Build(IReadOnlyList<RoutingExample> examples, int fewestPrompts)
    {
        var prompts = new Dictionary<uint, int>();
        var seen = new HashSet<uint>();
        Span<uint> hashes = stackalloc uint[TermReader.MaxTermsPerToken];
        foreach (var example in examples)
        {
            seen.Clear();
            var lexer = new TextLexer(PromptFeatures.Window(example.Prompt));
            var reader = default(TermReader);
            while (lexer.TryRead(out var token))
            {
                foreach (uint hash in hashes[..reader.Read(token, hashes)])
                {
                    if (seen.Add(hash))
                    {
                        prompts[hash] = prompts.GetValueOrDefault(hash) + 1;
                    }
                }
            }
        }

        var kept = prompts.Where(term => term.Value >= fewestPrompts)
            .OrderByDescending(term => term.Value).ThenBy(term => term.Key)
            .Take(Vocabulary.MaxTerms)
            .OrderBy(term => term.Key)
            .ToArray();

        // Rounded as the file rounds them, so that weights are fitted on the values they will meet.
        return new Vocabulary(
            [.. kept.Select(term => term.Key)],
            [.. kept.Select(term => (float)(Half)(Math.Log((1.0 + examples.Count) / (1.0 + term.Value)) + 1))]);
    }
}
