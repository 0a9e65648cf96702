using System.Text.Json;
using Gateway.Engine.Adapters;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>
/// A model in float32 with an adapter merged into its weights: W + scaling · B · A. Its latents' expansions may be in halves, as GGUF files have
/// them.
/// </summary>
/// <param name="files">The model.</param>
/// <param name="adapter">The adapter; null for none.</param>
/// <param name="halves">Whether expansions are in halves.</param>
internal sealed class MergedModelFiles(ModelFiles files, LoraAdapter? adapter, bool halves = false) : ModelFiles
{
    public override string Name => files.Name;

    public override string ConfigPath => files.ConfigPath;

    public override JsonElement ReadConfig() => files.ReadConfig();

    public override GenerationConfig ReadTokenIds(int vocabularySize) => files.ReadTokenIds(vocabularySize);

    public override GenerationDefaults ReadDefaults() => files.ReadDefaults();

    public override Tokenizer ReadTokenizer() => files.ReadTokenizer();

    public override ChatTemplate? FindChatTemplate() => files.FindChatTemplate();

    public override ICheckpoint OpenWeights()
    {
        using var original = files.OpenWeights();
        var (ledger, merged, config) = (new WeightLedger(original, default), new Weights.MemoryCheckpoint(), files.ReadConfig());
        foreach (var name in original.Names.Where(name => !name.EndsWith("_scale_inv", StringComparison.Ordinal)))
        {
            var entry = original.Find(name)!;
            if (entry.Shape is not [var rows, var columns] || entry.Type is not ("F32" or "BF16" or "F16" or "F8_E4M3"))
            {
                var bytes = new byte[entry.ByteCount];
                original.ReadRows(entry, 0, bytes);
                merged.Add(name, entry.Type, bytes, [.. entry.Shape]);
                continue;
            }

            var values = new float[rows * columns];
            WeightRows.CopyWidened(ledger.Matrix(name, (int)rows, (int)columns).Read(), 0, (int)rows, values);
            if (adapter?.Pairs.GetValueOrDefault(name[..^".weight".Length]) is { } pair)
            {
                Merge(pair, values);
            }

            if (halves && name.EndsWith(".kv_b_proj.weight", StringComparison.Ordinal))
            {
                var heads = config.GetProperty("num_attention_heads").GetInt32();
                Halve(merged, name, values, heads, config.GetProperty("qk_nope_head_dim").GetInt32(), config.GetProperty("v_head_dim").GetInt32());
            }
            else
            {
                merged.Add(name, "F32", values, rows, columns);
            }
        }

        return merged;
    }

    private static void Merge(LoraPair pair, float[] weights)
    {
        for (var output = 0; output < pair.Outputs; output++)
        {
            for (var input = 0; input < pair.Inputs; input++)
            {
                var sum = 0.0;
                for (var row = 0; row < pair.Rank; row++)
                {
                    sum += (double)pair.B[(output * pair.Rank) + row] * pair.A[(row * pair.Inputs) + input];
                }

                weights[(output * pair.Inputs) + input] += (float)(pair.Scaling * sum);
            }
        }
    }

    private static void Halve(Weights.MemoryCheckpoint target, string name, float[] joined, int heads, int key, int value)
    {
        var rank = joined.Length / (heads * (key + value));
        var (keys, values) = (new float[heads * rank * key], new float[heads * value * rank]);
        for (var head = 0; head < heads; head++)
        {
            var rows = joined.AsSpan(head * (key + value) * rank, (key + value) * rank);
            for (var row = 0; row < key; row++)
            {
                for (var column = 0; column < rank; column++)
                {
                    keys[(((head * rank) + column) * key) + row] = rows[(row * rank) + column];
                }
            }

            rows[(key * rank)..].CopyTo(values.AsSpan(head * value * rank));
        }

        var prefix = name[..^"kv_b_proj.weight".Length];
        target.Add(prefix + "k_b_proj.weight", "F32", keys, heads * rank, key).Add(prefix + "v_b_proj.weight", "F32", values, heads * value, rank);
    }
}
