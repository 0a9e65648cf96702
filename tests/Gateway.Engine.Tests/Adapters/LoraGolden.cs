using System.Text.Json;
using Gateway.Engine.Adapters;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>A golden adapter, its model, and the logits that PEFT gives with it.</summary>
internal sealed class LoraGolden : IDisposable
{
    private readonly GoldenTensors _tensors;

    public LoraGolden(string folder)
    {
        Adapter = LoraAdapterReader.Read("golden", folder);
        ModelFolder = Path.GetFullPath(Path.Combine(folder, "..", "..", "models", Path.GetFileName(folder)));
        _tensors = new GoldenTensors(Path.Combine(folder, "golden.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        Scaling = json.RootElement.GetProperty("scaling").GetSingle();
        Prompts = [.. json.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => (
            prompt.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray(),
            prompt.GetProperty("unmerged").GetString()!,
            prompt.GetProperty("merged").GetString()!))];
    }

    public LoraAdapter Adapter { get; }

    public string ModelFolder { get; }

    public float Scaling { get; }

    /// <summary>Token ids, and the keys of their logits with the adapter beside the model and merged into it.</summary>
    public IReadOnlyList<(int[] Ids, string Unmerged, string Merged)> Prompts { get; }

    /// <summary>The largest difference between two sets of logits, in parts of the largest logit.</summary>
    public double Difference(string key, float[][] logits) => Difference(_tensors.Floats(key).Chunk(_tensors.Columns(key)).ToArray(), logits);

    /// <summary>The same of one position, in parts of that prompt's largest logit.</summary>
    public double Difference(string key, int position, float[] logits)
    {
        var all = _tensors.Floats(key);
        var expected = all.AsSpan(position * logits.Length, logits.Length).ToArray();
        return expected.Zip(logits, (x, y) => MathF.Abs(x - y)).Max() / (double)all.Max(MathF.Abs);
    }

    public static double Difference(float[][] expected, float[][] logits) =>
        expected.Zip(logits, (a, b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max()).Max() / (double)expected.Max(row => row.Max(MathF.Abs));

    public void Dispose() => _tensors.Dispose();
}
