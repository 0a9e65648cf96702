using Gateway.Benchmarks.Gpu;

// See run.sh. Each verb prints a table and, for run.sh, lines 'RESULT name value'.
try
{
    switch (args)
    {
        case ["goldens", var folder]:
            return Goldens.Run(folder);
        case ["demo", var folder]:
            return DemoAgreement.Run(folder);
        case ["write", var folder, var layers]:
            return SyntheticFolder.Write(folder, int.Parse(layers, System.Globalization.CultureInfo.InvariantCulture));
        case ["write-config", var folder]:
            return SyntheticFolder.WriteConfig(folder);
        case ["logits", var folder, var type, var output]:
            return SyntheticLogits.Write(folder, type, output);
        case ["speed", ..]:
            return await Speed.RunAsync(args[1..]);
        case ["profile", ..]:
            return Profile.Run(args[1..]);
        case ["small", var what]:
            return SmallSteps.Run(
                withPrompts: what is "all" or "fp8" or "adapters", joinsLaunches: what == "joined", isFloat8: what == "fp8", hasAdapters: what == "adapters");
        case ["steps", ..]:
            return JoinedSteps.Run(args[1..]);
        case ["fp8", ..]:
            return StepsBesideSingle.Run(args[1..], isFloat8: true, hasAdapter: false);
        case ["adapters", ..]:
            return StepsBesideSingle.Run(args[1..], isFloat8: false, hasAdapter: true);
        case ["launches"]:
            return Launches.Run();
        case ["sweep"]:
            return Profile.SweepAttention();
        default:
            Console.Error.WriteLine("usage: GpuBench goldens FOLDER | demo FOLDER | write FOLDER LAYERS | write-config FOLDER | logits FOLDER f32|bf16 FILE | speed [LAYERS] [fp8 | joined [PREFETCH_MIB]] | profile [LAYERS] | steps [LAYERS] | fp8 [LAYERS] | adapters [LAYERS] | small all|decode|joined|fp8|adapters | launches | sweep");
            return 2;
    }
}
catch (Gateway.Engine.EngineException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
