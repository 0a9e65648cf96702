using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>
/// Reads off a step what is wanted of prompts themselves. Waits for the device: whoever reads a prompt has nothing to run ahead to.
/// </summary>
internal sealed class CudaPromptReader : IDisposable
{
    private readonly CudaBackend _backend;
    private readonly int _vocabulary;
    private readonly int _maxRows;
    private readonly SamplerKernels _kernels;
    private readonly CudaSamplerSlot _slot;
    private readonly PinnedBuffer _targets;
    private float[] _states = [];

    /// <param name="backend">Where the model computes.</param>
    /// <param name="vocabulary">Logits per row.</param>
    /// <param name="maxRows">Most rows of logits at a time.</param>
    public CudaPromptReader(CudaBackend backend, int vocabulary, int maxRows)
    {
        (_backend, _vocabulary, _maxRows) = (backend, vocabulary, maxRows);
        _kernels = new SamplerKernels(backend.Gpu);
        _slot = new CudaSamplerSlot(backend.Gpu, maxRows, vocabulary);
        _targets = backend.Gpu.AllocatePinned((long)maxRows * sizeof(int));
    }

    /// <summary>Reads what the step that was enqueued last has for the batch's pieces; its logits must have been used by then.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="width">Numbers per state.</param>
    public void Read(StepBatch batch, int width)
    {
        foreach (var piece in batch.PromptPieces)
        {
            switch (piece.Reading)
            {
                case PooledStates pooled:
                    Pool(pooled, piece, width);
                    break;
                case PromptScores scores:
                    Score(scores, piece);
                    break;
                default:
                    throw new InvalidOperationException($"{piece.Reading.GetType().Name} is not known here.");
            }
        }
    }

    public void Dispose()
    {
        _slot.Dispose();
        _targets.Dispose();
    }

    private void Pool(PooledStates pooled, in PromptPiece piece, int width)
    {
        var values = piece.Count * width;
        if (_states.Length < values)
        {
            _states = new float[values];
        }

        _backend.ReadStates(piece.FirstRow, _states.AsSpan(0, values));
        pooled.Add(_states.AsSpan(0, values));
    }

    private void Score(PromptScores scores, in PromptPiece piece)
    {
        for (var done = 0; done < piece.Count; done += _maxRows)
        {
            var count = Math.Min(_maxRows, piece.Count - done);
            _backend.ProjectStates(piece.FirstRow + done, count);
            scores.Targets(count).CopyTo(_targets.AsSpan<int>());
            _backend.Gpu.CopyToDevice(_targets, 0, _slot.Tokens, (long)count * sizeof(int));
            _kernels.TokenLogprobs(
                _backend.Logits, count, _vocabulary, _vocabulary, _slot.Tokens, TokenRequest.MaxTopLogprobs, _slot.Chosen, _slot.TopIds, _slot.TopLogprobs);
            _slot.CopyResults(withLogprobs: true);
            _slot.MarkDone();
            _slot.WaitUntilDone();
            for (var row = 0; row < count; row++)
            {
                scores.Add(_slot.Logprob(row, scores.Top));
            }
        }
    }
}
