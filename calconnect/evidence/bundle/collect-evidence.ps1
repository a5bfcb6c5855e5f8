<#
.SYNOPSIS
Exports what calconnect compares with what it observes: configuration of Exchange Server and Active Directory, or of
Exchange Online, read-only.

.DESCRIPTION
Run it in the Exchange Management Shell (Windows PowerShell 5.1), or in PowerShell 7 with a session to Exchange Server.
It only reads. It writes one JSON file for each command, in UTF-8, and bundle.json, which says when each was exported.
A command that fails is named in bundle.json with its error, and the others go on. Nothing is overwritten. No password
and no content of any mailbox is read.

With -ExchangeOnline it exports Exchange Online: run it in PowerShell 7 or 5.1 after Connect-ExchangeOnline (module
ExchangeOnlineManagement, version 3 or later). In a hybrid run it twice, once on each side; both may write to the same
folder, since no file of one side has the name of a file of the other, and bundle-online.json is Exchange Online's list.

Permissions that it needs:
  Exchange Server   member of the role group View-Only Organization Management
  Active Directory  reading users; the module ActiveDirectory (part of RSAT) must be installed
  Exchange Online   View-Only Configuration, View-Only Recipients and, for the audit log, View-Only Audit Logs;
                    Test-ServicePrincipalAuthorization needs Role Management

Afterwards, on the machine with calconnect: calconnect evidence import <the folder>

.PARAMETER ServiceAccount
The e-mail address of the service account.

.PARAMETER MailboxList
A text or CSV file with the e-mail addresses of the users to be integrated, one in each line.

.PARAMETER Group
The e-mail address of the group that limits impersonation, if one does.

.PARAMETER ExchangeOnline
Export Exchange Online.

.PARAMETER VendorApplication
The App ID of the vendor's application.

.PARAMETER OwnApplication
The App ID of calconnect's own application.

.PARAMETER OutFolder
The folder to write to. It must be empty, not be there yet, or hold nothing but exports of the other side.

.EXAMPLE
.\collect-evidence.ps1 -ServiceAccount svc-calendar@example.com -MailboxList mailboxes.csv -Group calendars@example.com

.EXAMPLE
.\collect-evidence.ps1 -ExchangeOnline -MailboxList mailboxes.csv -Group calendars@example.com
#>
[CmdletBinding(DefaultParameterSetName = 'Server')]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'Server')]
    [ValidatePattern('^[^\s@\\*()]+@[^\s@\\*()]+$')]
    [string] $ServiceAccount,

    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $MailboxList,

    [string] $Group,

    [Parameter(Mandatory = $true, ParameterSetName = 'Online')]
    [switch] $ExchangeOnline,

    [Parameter(ParameterSetName = 'Online')]
    [ValidatePattern('^[0-9a-fA-F-]{36}$')]
    [string] $VendorApplication = '10bb7e5b-b80b-4e6e-a209-f78581dbc79e',

    [Parameter(ParameterSetName = 'Online')]
    [ValidatePattern('^[0-9a-fA-F-]{36}$')]
    [string] $OwnApplication,

    [ValidateNotNullOrEmpty()]
    [string] $OutFolder = 'calconnect-exports'
)

$ScriptVersion = '2'
$MostTested = 50

function Get-Timestamp {
    $culture = [System.Globalization.CultureInfo]::InvariantCulture
    (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', $culture)
}

# Exchange's values are objects, which the two generations of PowerShell write differently: here they become plain.
function ConvertTo-PlainValue {
    param($Value)

    if ($null -eq $Value) { return $null }
    if ($Value -is [bool] -or $Value -is [int] -or $Value -is [long]) { return $Value }
    if ($Value -is [datetime]) {
        if ($Value.Kind -eq 'Unspecified') { $Value = [datetime]::SpecifyKind($Value, 'Utc') }
        $culture = [System.Globalization.CultureInfo]::InvariantCulture
        return $Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', $culture)
    }
    if ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) {
        $texts = @(foreach ($one in $Value) { [string] $one })
        return , $texts
    }
    return [string] $Value
}

function ConvertTo-Row {
    param($InputObject, [string[]] $Property)

    $row = [ordered] @{}
    foreach ($name in $Property) {
        $row[$name] = ConvertTo-PlainValue -Value $InputObject.$name
    }
    [pscustomobject] $row
}

function Write-Json {
    param([string] $Name, $Value)

    $path = Join-Path -Path $OutFolder -ChildPath $Name
    $json = ConvertTo-Json -InputObject $Value -Depth 4
    Out-File -FilePath $path -InputObject $json -Encoding utf8 -NoClobber -ErrorAction Stop
}

# Writes one export, and returns its entry in bundle.json.
function Write-Export {
    param([string] $Name, [string] $Command, [string[]] $Property, [scriptblock] $Query)

    Write-Verbose -Message "$Name : $Command"
    $entry = [ordered] @{
        name        = "$Name.json"
        command     = $Command
        exported_at = Get-Timestamp
        rows        = $null
        error       = $null
    }
    try {
        $found = @(& $Query)
        $rows = @(foreach ($one in $found) { ConvertTo-Row -InputObject $one -Property $Property })
        Write-Json -Name $entry['name'] -Value $rows
        $entry['rows'] = $rows.Count
    }
    catch {
        $entry['error'] = [string] $_.Exception.Message
        Write-Warning -Message "$Name was not exported: $($entry['error'])"
    }
    [pscustomobject] $entry
}

function Test-Wanted {
    param($Addresses)

    foreach ($address in $Addresses) {
        $plain = ([string] $address) -replace '^smtp:', ''
        if ($wanted.Contains($plain.ToLowerInvariant())) { return $true }
    }
    return $false
}

# @exports

$listName = 'bundle.json'
$otherName = 'bundle-online.json'
if ($ExchangeOnline) { $listName, $otherName = $otherName, $listName }
if (Test-Path -LiteralPath $OutFolder) {
    $there = @(Get-ChildItem -LiteralPath $OutFolder -Force)
    $isOtherSide = @($there | Where-Object -Property Name -EQ -Value $otherName).Count -gt 0
    $isOwnSide = @($there | Where-Object -Property Name -EQ -Value $listName).Count -gt 0
    if ($there.Count -gt 0 -and ($isOwnSide -or -not $isOtherSide)) {
        throw "The folder $OutFolder is not empty. Name another one: nothing is overwritten."
    }
}
$wanted = [ordered] @{}
foreach ($line in (Get-Content -LiteralPath $MailboxList -ErrorAction Stop)) {
    $found = [regex]::Match($line, '[^\s,;"''<>]+@[^\s,;"''<>]+')
    if ($found.Success) { $wanted[$found.Value.ToLowerInvariant()] = $true }
}
if ($wanted.Count -eq 0) {
    throw "The file $MailboxList holds no e-mail address."
}
if (-not (Test-Path -LiteralPath $OutFolder)) {
    New-Item -ItemType Directory -Path $OutFolder -ErrorAction Stop | Out-Null
}

$files = @(if ($ExchangeOnline) { Export-OnlineSide } else { Export-ServerSide })

$organization = ''
try { $organization = [string] (Get-OrganizationConfig -ErrorAction Stop).Name } catch { $organization = '' }
$bundle = [ordered] @{
    schema             = 'calconnect-exports/1'
    exported_at        = Get-Timestamp
    organization       = $organization
    script_version     = $ScriptVersion
    powershell_version = [string] $PSVersionTable.PSVersion
    files              = $files
}
Write-Json -Name $listName -Value $bundle
Get-Item -LiteralPath $OutFolder
