using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cuda;

/// <remarks>
/// Tokens of short pieces attend to the latents themselves (absorbed), those of long pieces to keys and values that are expanded from
/// them, slab by slab.
/// </remarks>
internal sealed class CudaLatentAttention : ILatentAttention
{
    private readonly CudaBackend _backend;
    private readonly LatentAttentionShape _shape;
    private readonly DevicePointer _norm;
    private readonly DevicePointer _up;
    private readonly MlaKernels _kernels;
    private readonly CudaAngles _angles;
    private readonly CudaAdapters? _adapters;

    public CudaLatentAttention(
        CudaBackend backend, LatentAttentionShape shape, float[] latentNorm, LatentExpansion latentUp, MlaKernels kernels, CudaAngles angles)
    {
        (_backend, _shape, _kernels, _angles) = (backend, shape, kernels, angles);
        (_norm, _up) = (backend.Weights.Single(latentNorm), backend.Weights.Matrix(latentUp.Joined));
        _adapters = CudaAdapters.Of(backend, latentUp.Adapters);
        if (kernels.HasPrefill)
        {
            backend.Scratch.ReserveBytes("gathered", (long)backend.SlabRows * shape.CacheWidth * backend.Type.Size());
            backend.Scratch.ReserveBytes("expanded", (long)backend.SlabRows * shape.Heads * shape.RowsPerHead * backend.Type.Size());
            backend.Scratch.ReserveBytes("attentionState", (long)backend.MaxTokens * shape.Heads * (shape.ValueDimension + 2) * sizeof(float));
        }
    }

    public void Apply(RowsView query, RowsView latents, IRows attended)
    {
        var (step, tokens, cache) = (_backend.Step, _backend.Tokens(_angles), _backend.Cache.Layer(_shape.Layer));
        var (q, qStride) = At(query);
        var (latent, latentStride) = At(latents);
        var output = ((CudaRows)attended).Pointer;
        if (step.AttendTokens == step.Tokens && _backend.Observer is null)
        {
            _kernels.WriteAndAttend(tokens, step.MaxContext, q, qStride, latent, latentStride, _norm, _up, cache, output, Adapters(step));
            return;
        }

        _kernels.WriteLatents(tokens, q, qStride, latent, latentStride, _norm, cache);
        if (step.AttendTokens > 0)
        {
            _kernels.Attend(tokens.Slice(0, step.AttendTokens, _shape.RopeDimension), step.MaxContext, q, qStride, _up, cache, output, Adapters(step));
        }

        foreach (var round in step.Rounds)
        {
            Prefill(step, round, q, qStride, cache, output);
        }
    }

    private DeviceAdapters Adapters(CudaStep step) => step.HasAdapters && _adapters is not null ? _adapters.OfStep : default;

    private void Prefill(CudaStep step, SlabRound round, DevicePointer q, long qStride, DevicePointer cache, DevicePointer output)
    {
        var (scratch, slabs) = (_backend.Scratch, step.Slabs(round));
        var (gathered, expanded) = (scratch["gathered"], scratch["expanded"]);
        _kernels.GatherLatents(slabs, round.Count, round.MaxLength, step.BlockTables, step.MaxBlocks, cache, gathered);
        _backend.Gpu.Multiply(new DeviceProduct
        {
            X = gathered,
            W = _up,
            Y = expanded,
            Input = _backend.Type,
            Output = _backend.Type,
            M = round.Rows,
            N = _shape.Heads * _shape.RowsPerHead,
            K = _shape.LatentRank,
            XStride = _shape.CacheWidth,
            WStride = _shape.LatentRank,
            YStride = _shape.Heads * _shape.RowsPerHead,
        });
        _kernels.Prefill(
            slabs, round.Count, round.MaxTokens, q, qStride, gathered, expanded, step.NeedsState ? scratch["attentionState"] : default, output);
    }

    private (DevicePointer Pointer, long Stride) At(RowsView view) =>
        (((CudaRows)view.Rows).Pointer + ((long)view.Offset * _backend.Type.Size()), view.Rows.Columns);
}
