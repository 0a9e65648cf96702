using Gateway.Routing.Difficulty;

namespace Gateway.Routing.Tests.Difficulty;

/// <summary>Routing examples for tests: synthetic ones with a pattern to learn, and the real file where the checkout has it.</summary>
internal static class Examples
{
    /// <summary>Prompts about topology are beyond the weak model, prompts with a number beyond both, all others easy.</summary>
    public static IReadOnlyList<RoutingExample> Synthetic(int count, int seed)
    {
        var random = new Random(seed);
        string[] fillers = ["river", "garden", "window", "market", "planet", "teacher", "bridge", "letter"];
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                string words = string.Join(' ', Enumerable.Range(0, 6).Select(_ => fillers[random.Next(fillers.Length)]));
                bool isTopology = random.Next(3) == 0;
                bool hasNumber = random.Next(4) == 0;
                string prompt = $"Question about the {words}{(isTopology ? " and its topology" : "")}{(hasNumber ? " in 1234" : "")} {i}?";
                return new RoutingExample("synthetic", isTopology ? "topology" : "daily", prompt, !isTopology && !hasNumber, !hasNumber);
            }),
        ];
    }

    /// <summary>The path of the real examples beside the checkout; null where they are not at hand.</summary>
    public static string? RealPath()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            {
                string path = Path.Combine(folder.FullName, "..", "shared", "data", "routing", "train.jsonl");
                return File.Exists(path) ? path : null;
            }
        }

        return null;
    }
}
