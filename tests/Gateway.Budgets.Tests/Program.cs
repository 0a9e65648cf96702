using Gateway.Budgets.Tests.Embedded;
using Xunit.Runner.InProc.SystemConsole;

// The tests, or the process that one of them kills.
return args is [SettlingProcess.Verb, var path] ? await SettlingProcess.RunAsync(path) : await ConsoleRunner.Run(args);
