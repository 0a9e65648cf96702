using System.CommandLine;
using Gateway.Commands;

// SIGTERM and Ctrl+C belong to the host, which lets answers under way end; the command line would cut them off after two seconds.
return await GatewayCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
