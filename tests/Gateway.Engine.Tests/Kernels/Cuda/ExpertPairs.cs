using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Random adapters of a layer's experts, which move results by about their own size. Some experts have none under some adapters.</summary>
internal sealed class ExpertPairs
{
    private readonly ElementType _type;
    private readonly LoraPair?[][] _gate;
    private readonly LoraPair?[][] _up;
    private readonly LoraPair?[][] _down;

    public ExpertPairs(ElementType type, int adapters, int experts, int hiddenSize, int innerSize)
    {
        _type = type;
        var random = new Random(5);
        _gate = All(0, hiddenSize, innerSize);
        _up = All(1, hiddenSize, innerSize);
        _down = All(2, innerSize, hiddenSize);

        // Ranks of 3 to 12, by number and expert.
        LoraPair?[][] All(int seed, int inputs, int outputs) =>
        [
            [.. new LoraPair?[experts]],
            .. Enumerable.Range(1, adapters).Select(number => Enumerable.Range(0, experts)
                .Select(expert => (number + expert + seed) % 4 == 0 ? null : Pair(3 + ((number * 5) + expert) % 10, inputs, outputs)).ToArray()),
        ];

        LoraPair Pair(int rank, int inputs, int outputs) => new(Numbers(rank * inputs, 1 / Math.Sqrt(inputs)), Numbers(outputs * rank, 1 / Math.Sqrt(rank)), rank, 1);

        float[] Numbers(int count, double size) => [.. Values.Random(random, ElementType.Float32, count).Select(value => Values.Round(type, (float)(value * size)))];
    }

    public int Count => _gate.Length - 1;

    public LoraPair? Gate(int number, int expert) => _gate[number][expert];

    public LoraPair? Up(int number, int expert) => _up[number][expert];

    public LoraPair? Down(int number, int expert) => _down[number][expert];

    public OnDevice ToDevice(EmulatedGpu gpu, int[] numbers, int choices) => new(gpu, this, numbers, choices);

    /// <summary>In device memory, for a step.</summary>
    public sealed class OnDevice : IDisposable
    {
        private readonly EmulatedGpu _gpu;
        private readonly List<DeviceBuffer> _buffers = [];

        public OnDevice(EmulatedGpu gpu, ExpertPairs pairs, int[] numbers, int choices)
        {
            _gpu = gpu;
            var onDevice = Keep(gpu.ToDevice<int>(numbers)).Pointer;
            var (gate, up, down) = (Table(pairs._gate), Table(pairs._up), Table(pairs._down));
            var rank = Math.Max(gate.MaxRank, Math.Max(up.MaxRank, down.MaxRank));
            Adapters = new ExpertAdapters(gate, up, down, Keep(gpu.Allocate((long)numbers.Length * choices * rank * sizeof(float))).Pointer);

            DeviceAdapters Table(LoraPair?[][] all)
            {
                var table = all.SelectMany(row => row).Select(pair => pair is null ? default : new DevicePair(Vector(pair.A), Vector(Turned(pair)), pair.Rank)).ToArray();
                return new DeviceAdapters(Keep(gpu.ToDevice<DevicePair>(table)).Pointer, onDevice, table.Max(pair => pair.Rank));
            }

            DevicePointer Vector(float[] values) => Keep(_gpu.ToDevice(pairs._type, values)).Pointer;
        }

        public ExpertAdapters Adapters { get; }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

        private static float[] Turned(LoraPair pair) =>
            [.. Enumerable.Range(0, pair.Rank).SelectMany(row => Enumerable.Range(0, pair.Outputs).Select(output => pair.B[(output * pair.Rank) + row]))];

        private DeviceBuffer Keep(DeviceBuffer buffer)
        {
            _buffers.Add(buffer);
            return buffer;
        }
    }
}
