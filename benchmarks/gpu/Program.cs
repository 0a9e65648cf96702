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
            return SmallSteps.Run(withPrompts: what == "all", joinsLaunches: what == "joined");
        case ["steps", ..]:
            return JoinedSteps.Run(args[1..]);
        case ["launches"]:
            return Launches.Run();
        case ["sweep"]:
            return Profile.SweepAttention();
        default:
            Console.Error.WriteLine("usage: GpuBench goldens FOLDER | demo FOLDER | write FOLDER LAYERS | write-config FOLDER | logits FOLDER f32|bf16 FILE | speed [LAYERS] [joined [PREFETCH_MIB]] | profile [LAYERS] | steps [LAYERS] | small all|decode|joined | launches | sweep");
            return 2;
    }
}
catch (Gateway.Engine.EngineException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
