using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Synthesis;

/// <summary>
/// The tensors of a checkpoint as GGUF files have them, the way convert_hf_to_gguf.py makes them: the experts of a layer in one, the
/// expansion of a latent in two, Llama's queries and keys in the order of interleaved rotation. <see cref="GgufCheckpoint"/> reads it backwards.
/// </summary>
/// <param name="shape">The model.</param>
/// <param name="checkpoint">Its weights, in bfloat16.</param>
/// <param name="format">The form of matrices. Vectors and routers are float32.</param>
internal sealed class GgufTensors(SyntheticShape shape, ICheckpoint checkpoint, WeightFormat format)
{
    private const string KeyValueUp = ".self_attn.kv_b_proj.weight";

    private readonly CheckpointRows _rows = new(checkpoint);

    public IEnumerable<GgufTensor> All()
    {
        foreach (var group in checkpoint.Names.Select(name => checkpoint.Find(name)!).GroupBy(entry => GgufNames.TranslateBack(entry.Name)))
        {
            var entries = group.ToArray();
            if (entries[0].Name.EndsWith(KeyValueUp, StringComparison.Ordinal))
            {
                foreach (var tensor in Expansions(entries[0], (DeepSeekV2Shape)shape))
                {
                    yield return tensor;
                }

                continue;
            }

            var name = group.Key ?? throw new InvalidOperationException($"'{entries[0].Name}' has no name in GGUF files.");
            yield return entries.Length > 1 ? Stack(name, entries)
                : HeadsOf(entries[0].Name) is { } heads ? Interleaved(name, entries[0], heads)
                : Tensor(name, entries[0].Shape, (row, destination) => _rows.Read(entries[0], row, destination));
        }
    }

    private GgufTensor Tensor(string name, IReadOnlyList<long> dimensions, RowReader read) => new(name, dimensions, FormOf(name, dimensions), read);

    /// <summary>What a form with blocks cannot hold becomes the next wider one that can.</summary>
    private WeightFormat FormOf(string name, IReadOnlyList<long> dimensions)
    {
        if (dimensions.Count == 1 || GgufNames.SplitLayer(name) is (_, GgufNames.RouterPart, _))
        {
            return WeightFormat.Float32;
        }

        WeightFormat[] forms = [format, WeightFormat.Q8_0, WeightFormat.Float16];
        return forms.First(form => dimensions[^1] % WeightLayout.Of(form).BlockSize == 0);
    }

    private GgufTensor Stack(string name, TensorEntry[] experts)
    {
        var (rows, columns) = (experts[0].Shape[0], (int)experts[0].Shape[1]);
        return Tensor(name, [experts.Length, rows, columns], (first, destination) =>
        {
            for (var row = first; !destination.IsEmpty;)
            {
                var (expert, inner) = Math.DivRem(row, rows);
                var count = (int)Math.Min(rows - inner, destination.Length / columns);
                _rows.Read(experts[expert], inner, destination[..(count * columns)]);
                destination = destination[(count * columns)..];
                row += count;
            }
        });
    }

    private GgufTensor Interleaved(string name, TensorEntry entry, int heads)
    {
        var (dimension, columns) = (entry.Shape[0] / heads, (int)entry.Shape[1]);
        return Tensor(name, entry.Shape, (first, destination) =>
        {
            for (var i = 0; i < destination.Length / columns; i++)
            {
                var (head, row) = Math.DivRem(first + i, dimension);
                var channel = (row % 2 * (dimension / 2)) + (row / 2);
                _rows.Read(entry, (head * dimension) + channel, destination.Slice(i * columns, columns));
            }
        });
    }

    /// <summary>Per head the rows that expand the latent to a key, transposed, and those that expand it to a value.</summary>
    private IEnumerable<GgufTensor> Expansions(TensorEntry entry, DeepSeekV2Shape of)
    {
        const int Keys = DeepSeekV2Shape.NopeDimension;
        const int Values = DeepSeekV2Shape.ValueDimension;
        const int Latent = DeepSeekV2Shape.LatentRank;
        var layer = entry.Name.Split('.')[2];
        yield return Tensor($"blk.{layer}.{GgufNames.KeyExpansionPart}.weight", [of.Heads, Latent, Keys], (first, destination) =>
        {
            var key = new float[Keys * Latent];
            var keyOf = -1L;
            for (var i = 0; i < destination.Length / Keys; i++)
            {
                var (head, column) = Math.DivRem(first + i, Latent);
                if (keyOf != head)
                {
                    _rows.Read(entry, head * (Keys + Values), key);
                    keyOf = head;
                }

                for (var channel = 0; channel < Keys; channel++)
                {
                    destination[(i * Keys) + channel] = key[(channel * Latent) + column];
                }
            }
        });
        yield return Tensor($"blk.{layer}.{GgufNames.ValueExpansionPart}.weight", [of.Heads, Values, Latent], (first, destination) =>
        {
            for (var i = 0; i < destination.Length / Latent; i++)
            {
                var (head, channel) = Math.DivRem(first + i, Values);
                _rows.Read(entry, (head * (Keys + Values)) + Keys + channel, destination.Slice(i * Latent, Latent));
            }
        });
    }

    private int? HeadsOf(string name) => shape is not DenseShape { ModelType: GgufArchitecture.Llama } dense ? null
        : name.EndsWith(".q_proj.weight", StringComparison.Ordinal) ? dense.Heads
        : name.EndsWith(".k_proj.weight", StringComparison.Ordinal) ? dense.KeyValueHeads
        : null;
}
