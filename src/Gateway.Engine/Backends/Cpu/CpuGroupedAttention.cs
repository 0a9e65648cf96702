using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <remarks>Each token's result has the same bits whatever else is in the batch; see <see cref="CpuAttention"/>.</remarks>
internal sealed class CpuGroupedAttention : IGroupedAttention
{
    private readonly CpuBackend _backend;
    private readonly GroupedAttentionShape _shape;
    private readonly HeadNorms? _norms;
    private readonly CpuAngles _angles;
    private readonly CpuAttention _attention;
    private readonly Preparation _preparation;
    private readonly Collection _collection;

    /// <param name="backend">Where the step is.</param>
    /// <param name="shape">Dimensions.</param>
    /// <param name="norms">Of the heads, or null.</param>
    /// <param name="angles">Of the step's positions.</param>
    /// <param name="attention">Shared by the layers.</param>
    public CpuGroupedAttention(CpuBackend backend, GroupedAttentionShape shape, HeadNorms? norms, CpuAngles angles, CpuAttention attention)
    {
        (_backend, _shape, _norms, _angles, _attention) = (backend, shape, norms, angles, attention);
        (_preparation, _collection) = (new Preparation(this), new Collection(this));
    }

    public void Apply(IRows projected, IRows attended)
    {
        var tokens = _backend.Batch.TokenCount;
        (_preparation.Projected, _collection.Attended) = ((CpuRows)projected, (CpuRows)attended);
        _backend.Team.For(tokens, (long)tokens * projected.Columns * 4, 1, _preparation);
        _attention.Run(_backend.Cache, _shape.Layer);
        _backend.Team.For(tokens, (long)tokens * attended.Columns, 1, _collection);
    }

    /// <summary>Queries to where attention reads them; keys and values into the cache.</summary>
    private sealed class Preparation(CpuGroupedAttention owner) : ITeamWork
    {
        public CpuRows? Projected { get; set; }

        public void Run(int from, int to)
        {
            var (shape, channels) = (owner._shape, owner._shape.HeadDimension);
            for (var token = from; token < to; token++)
            {
                var heads = Projected!.Row(token);
                for (var head = 0; head < shape.Heads; head++)
                {
                    var query = owner._attention.Query(token, head);
                    heads.Slice(head * channels, channels).CopyTo(query);
                    owner.Turn(query, owner._norms?.Query, token);
                }

                for (var head = 0; head < shape.KeyHeads; head++)
                {
                    var key = heads.Slice((shape.Heads + head) * channels, channels);
                    owner.Turn(key, owner._norms?.Key, token);
                    owner.Remember(head, token, key);
                    owner.Remember(shape.KeyHeads + head, token, heads.Slice((shape.Heads + shape.KeyHeads + head) * channels, channels));
                }
            }
        }
    }

    private sealed class Collection(CpuGroupedAttention owner) : ITeamWork
    {
        public CpuRows? Attended { get; set; }

        public void Run(int from, int to)
        {
            var channels = owner._shape.HeadDimension;
            for (var token = from; token < to; token++)
            {
                for (var head = 0; head < owner._shape.Heads; head++)
                {
                    owner._attention.Result(token, head).CopyTo(Attended!.Row(token)[(head * channels)..]);
                }
            }
        }
    }

    /// <summary>Norms a head where the model does, and turns it to its token's position.</summary>
    private void Turn(Span<float> channels, float[]? norm, int token)
    {
        if (norm is not null)
        {
            Normalization.RmsNorm(channels, norm, _norms!.Epsilon, channels);
        }

        Rotation.RotateHalves(channels, _angles.Cos(token), _angles.Sin(token));
    }

    private void Remember(int plane, int token, ReadOnlySpan<float> row) =>
        _backend.Cache.Write(_shape.Layer, plane, _backend.Batch.Blocks[token], _backend.Batch.Positions[token], row);
}
