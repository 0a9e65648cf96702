using Gateway.Budgets.Tests.Embedded;
using Gateway.Budgets.Tests.Sql;
using Xunit.Runner.InProc.SystemConsole;

// The tests, or a process that one of them kills.
return args switch
{
    [SettlingProcess.Verb, var path] => await SettlingProcess.RunAsync(path),
    [LedgerWritingProcess.Verb, var redis, var database, var consumer] => await LedgerWritingProcess.RunAsync(redis, database, consumer),
    _ => await ConsoleRunner.Run(args),
};
