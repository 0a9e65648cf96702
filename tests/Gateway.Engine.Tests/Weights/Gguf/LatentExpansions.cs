using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Weights.Gguf;

/// <summary>The expansion of a latent, which Hugging Face checkpoints have as one matrix and GGUF files as two.</summary>
internal static class LatentExpansions
{
    private const string Joined = "kv_b_proj.weight";

    public static bool IsJoined(string name) => name.EndsWith("." + Joined, StringComparison.Ordinal);

    public static bool IsHalf(string name) =>
        name.EndsWith(".k_b_proj.weight", StringComparison.Ordinal) || name.EndsWith(".v_b_proj.weight", StringComparison.Ordinal);

    /// <summary>The names of the halves of a matrix.</summary>
    public static string[] HalvesOf(string joined) => [joined[..^Joined.Length] + "k_b_proj.weight", joined[..^Joined.Length] + "v_b_proj.weight"];

    /// <summary>The expansion of that name out of a checkpoint that has it in halves.</summary>
    public static LatentExpansion Load(ICheckpoint checkpoint, string joined)
    {
        var (keys, values) = (checkpoint.Find(HalvesOf(joined)[0])!, checkpoint.Find(HalvesOf(joined)[1])!);
        var (rank, key) = ((int)values.Shape[1], (int)keys.Shape[1]);
        var heads = (int)keys.Shape[0] / rank;
        return LatentExpansion.Load(
            new WeightLedger(checkpoint, CancellationToken.None), joined[..^Joined.Length], heads, key, (int)values.Shape[0] / heads, rank);
    }

    /// <summary>The values of the matrix that the halves make.</summary>
    public static float[] ReadJoined(ICheckpoint checkpoint, string joined)
    {
        var matrix = Load(checkpoint, joined).Joined.Read();
        var values = new float[matrix.Rows * matrix.Columns];
        WeightRows.CopyWidened(matrix, 0, matrix.Rows, values);
        return values;
    }
}
