using Gateway.Commands;

return await GatewayCommand.Create().Parse(args).InvokeAsync();
