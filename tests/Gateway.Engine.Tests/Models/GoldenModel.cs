using System.Text.Json;

namespace Gateway.Engine.Tests.Models;

/// <summary>A golden checkpoint's expectations: golden.json beside golden.safetensors.</summary>
internal sealed class GoldenModel : IDisposable
{
    public GoldenModel(string folder)
    {
        Folder = folder;
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        Root = json.RootElement.Clone();
        Tensors = new GoldenTensors(Path.Combine(folder, "golden.safetensors"));
        Prompts = [.. Root.GetProperty("prompts").EnumerateArray().Select(prompt => new GoldenPrompt(prompt))];
    }

    public string Folder { get; }

    public JsonElement Root { get; }

    public GoldenTensors Tensors { get; }

    public IReadOnlyList<GoldenPrompt> Prompts { get; }

    public static string FamilyOf(string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        return json.RootElement.GetProperty("model_type").GetString()!;
    }

    public void Dispose() => Tensors.Dispose();
}

internal sealed class GoldenPrompt(JsonElement json)
{
    public string Name { get; } = json.GetProperty("name").GetString()!;

    public int[] Ids { get; } = Integers(json.GetProperty("ids"));

    public string LogitsKey { get; } = json.GetProperty("logits").GetString()!;

    public int[] Positions { get; } = Integers(json.GetProperty("positions"));

    public int[] Greedy { get; } = Integers(json.GetProperty("greedy"));

    /// <summary>Per generated token the five likeliest ids, best first.</summary>
    public (int Id, double Logprob)[][] Top5 { get; } =
        [.. json.GetProperty("top5").EnumerateArray().Select(step => step.EnumerateArray()
            .Select(item => (item.GetProperty("id").GetInt32(), item.GetProperty("logprob").GetDouble())).ToArray())];

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];
}
