using Gateway.Benchmarks.Kernels;
using Gateway.Engine;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

// Usage: KernelBench products [q8_0|q4_0|q5_0|q4_k|q5_k|q6_k|float16|bfloat16|float32] [SET[+bf16],SET...] [TOKENS,TOKENS...] [THREADS]
//        KernelBench model [LAYERS] [SET] [THREADS]
//        KernelBench adapters MODEL [RANK] [THREADS]
var threads = args.Length > 4 ? int.Parse(args[4]) : args is ["model" or "adapters", _, _, var last] ? int.Parse(last) : Environment.ProcessorCount;
using var team = new CpuTeam(threads);
if (args is ["model", ..])
{
    using var model = new ModelSpeed(team, args.Length > 1 ? int.Parse(args[1]) : 4, Parse(args.Length > 2 ? args[2] : "auto"));
    model.Report();
    return;
}

if (args is ["adapters", var path, ..])
{
    using var adapters = new AdapterSpeed(team, path, args.Length > 2 ? int.Parse(args[2]) : 16);
    adapters.Report();
    return;
}

var format = args.Length > 1 ? Enum.Parse<WeightFormat>(args[1], ignoreCase: true) : WeightFormat.Q8_0;
var sets = (args.Length > 2 ? args[2] : "auto").Split(',').Select(Parse);
var tokens = (args.Length > 3 ? args[3] : "1,2,4,8,16,128,512").Split(',').Select(int.Parse).ToArray();
var products = new ProductSpeed(team, format);
products.ReportReading();
foreach (var set in sets)
{
    products.Report(set, tokens);
}

// A set, with "+bf16" one that rounds what bfloat16 weights multiply.
static CpuKernelSet Parse(string name)
{
    var parts = name.Split('+');
    return CpuKernelSet.Choose(Enum.Parse<CpuKernels>(parts[0], ignoreCase: true), parts.Length > 1 ? MatrixInputs.BF16 : MatrixInputs.F32);
}
