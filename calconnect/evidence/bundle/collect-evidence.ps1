<#
.SYNOPSIS
Exports what calconnect compares with what it observes: configuration of Exchange and Active Directory, read-only.

.DESCRIPTION
Run it in the Exchange Management Shell (Windows PowerShell 5.1), or in PowerShell 7 with a session to Exchange Server.
It only reads. It writes one JSON file for each command, in UTF-8, and bundle.json, which says when each was exported.
A command that fails is named in bundle.json with its error, and the others go on. Nothing is overwritten. No password
and no content of any mailbox is read.

Permissions that it needs:
  Exchange          member of the role group View-Only Organization Management
  Active Directory  reading users; the module ActiveDirectory (part of RSAT) must be installed

Afterwards, on the machine with calconnect: calconnect evidence import <the folder>

.PARAMETER ServiceAccount
The e-mail address of the service account.

.PARAMETER MailboxList
A text or CSV file with the e-mail addresses of the users to be integrated, one in each line.

.PARAMETER Group
The e-mail address of the group that limits impersonation, if one does.

.PARAMETER OutFolder
The folder to write to. It must be empty, or not be there yet.

.EXAMPLE
.\collect-evidence.ps1 -ServiceAccount svc-calendar@example.com -MailboxList mailboxes.csv -Group calendars@example.com
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^[^\s@\\*()]+@[^\s@\\*()]+$')]
    [string] $ServiceAccount,

    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $MailboxList,

    [string] $Group,

    [ValidateNotNullOrEmpty()]
    [string] $OutFolder = 'calconnect-exports'
)

$ScriptVersion = '1'

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
        if ($wanted.ContainsKey($plain.ToLowerInvariant())) { return $true }
    }
    return $false
}

if ((Test-Path -LiteralPath $OutFolder) -and @(Get-ChildItem -LiteralPath $OutFolder -Force).Count -gt 0) {
    throw "The folder $OutFolder is not empty. Name another one: nothing is overwritten."
}
$wanted = @{}
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
$quoted = $ServiceAccount.Replace("'", "''")
$hasAddress = "EmailAddresses -eq '$quoted'"

$files = @(
    Write-Export -Name 'role_assignments' `
        -Command 'Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers' `
        -Property @(
            'Name', 'RoleAssigneeName', 'RoleAssigneeType', 'EffectiveUserName',
            'RoleAssignmentDelegationType', 'RecipientWriteScope', 'CustomRecipientWriteScope', 'Enabled',
            'WhenChangedUTC'
        ) `
        -Query { Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' -GetEffectiveUsers -ErrorAction Stop }

    Write-Export -Name 'scopes' -Command 'Get-ManagementScope' `
        -Property @(
            'Name', 'ScopeRestrictionType', 'RecipientRoot', 'RecipientFilter', 'Exclusive', 'WhenChangedUTC'
        ) `
        -Query { Get-ManagementScope -ErrorAction Stop }

    Write-Export -Name 'scope_members' -Command 'Get-Recipient -RecipientPreviewFilter, for each scope' `
        -Property @('Scope', 'PrimarySmtpAddress', 'RecipientTypeDetails') `
        -Query {
            foreach ($scope in (Get-ManagementScope -ErrorAction Stop)) {
                if (-not $scope.RecipientFilter) { continue }
                $parameters = @{
                    RecipientPreviewFilter = [string] $scope.RecipientFilter
                    ResultSize             = 'Unlimited'
                    ErrorAction            = 'Stop'
                }
                if ($scope.RecipientRoot) { $parameters['OrganizationalUnit'] = [string] $scope.RecipientRoot }
                $scopeName = @{ Name = 'Scope'; Expression = { [string] $scope.Name } }
                Get-Recipient @parameters |
                    Select-Object -Property @($scopeName, 'PrimarySmtpAddress', 'RecipientTypeDetails')
            }
        }

    if ($Group) {
        Write-Export -Name 'group' -Command 'Get-DistributionGroup' `
            -Property @('PrimarySmtpAddress', 'DistinguishedName', 'RecipientTypeDetails') `
            -Query { Get-DistributionGroup -Identity $Group -ErrorAction Stop }

        Write-Export -Name 'group_members' -Command 'Get-DistributionGroupMember' `
            -Property @('PrimarySmtpAddress', 'RecipientTypeDetails') `
            -Query { Get-DistributionGroupMember -Identity $Group -ResultSize Unlimited -ErrorAction Stop }
    }

    Write-Export -Name 'svc_mailbox' -Command 'Get-Mailbox' `
        -Property @('PrimarySmtpAddress', 'RecipientTypeDetails', 'EmailAddresses') `
        -Query { Get-Mailbox -Filter $hasAddress -ErrorAction Stop }

    Write-Export -Name 'svc_cas_mailbox' -Command 'Get-CASMailbox' `
        -Property @('PrimarySmtpAddress', 'EwsEnabled') `
        -Query { Get-CASMailbox -Filter $hasAddress -ErrorAction Stop }

    Write-Export -Name 'svc_user' -Command 'Get-User' `
        -Property @(
            'Name', 'UserPrincipalName', 'WindowsEmailAddress', 'RecipientTypeDetails', 'AuthenticationPolicy'
        ) `
        -Query { Get-User -Identity $ServiceAccount -ErrorAction Stop }

    Write-Export -Name 'svc_ad_user' -Command 'Get-ADUser' `
        -Property @(
            'SamAccountName', 'UserPrincipalName', 'mail', 'Enabled', 'LockedOut', 'PasswordExpired',
            'pwdLastSet', 'adminCount', 'memberOf'
        ) `
        -Query {
            $filter = "(|(mail=$ServiceAccount)(userPrincipalName=$ServiceAccount))"
            $properties = @('mail', 'LockedOut', 'PasswordExpired', 'pwdLastSet', 'adminCount', 'memberOf')
            Get-ADUser -LDAPFilter $filter -Properties $properties -ErrorAction Stop
        }

    Write-Export -Name 'org' -Command 'Get-OrganizationConfig' `
        -Property @('Name', 'EwsEnabled', 'DefaultAuthenticationPolicy') `
        -Query { Get-OrganizationConfig -ErrorAction Stop }

    Write-Export -Name 'accepted_domains' -Command 'Get-AcceptedDomain' `
        -Property @('DomainName', 'DomainType', 'Default') `
        -Query { Get-AcceptedDomain -ErrorAction Stop }

    Write-Export -Name 'authentication_policies' -Command 'Get-AuthenticationPolicy' `
        -Property @('Name', 'BlockLegacyAuthWebServices') `
        -Query { Get-AuthenticationPolicy -ErrorAction Stop }

    Write-Export -Name 'vdirs' -Command 'Get-WebServicesVirtualDirectory -ADPropertiesOnly:$false' `
        -Property @(
            'Name', 'Server', 'InternalUrl', 'ExternalUrl', 'BasicAuthentication', 'WindowsAuthentication',
            'ExtendedProtectionTokenChecking'
        ) `
        -Query { Get-WebServicesVirtualDirectory -ADPropertiesOnly:$false -ErrorAction Stop }

    Write-Export -Name 'servers' -Command 'Get-ExchangeServer' `
        -Property @('Name', 'AdminDisplayVersion', 'ServerRole') `
        -Query { Get-ExchangeServer -ErrorAction Stop }

    Write-Export -Name 'throttling' -Command 'Get-ThrottlingPolicyAssociation' `
        -Property @('Name', 'ThrottlingPolicyId') `
        -Query { Get-ThrottlingPolicyAssociation -Identity $ServiceAccount -ErrorAction Stop }

    Write-Export -Name 'throttling_policies' -Command 'Get-ThrottlingPolicy' `
        -Property @('Name', 'ThrottlingPolicyScope', 'EwsMaxConcurrency', 'EwsMaxSubscriptions') `
        -Query { Get-ThrottlingPolicy -ErrorAction Stop }

    Write-Export -Name 'users' -Command 'Get-Recipient' `
        -Property @('PrimarySmtpAddress', 'RecipientTypeDetails', 'Database') `
        -Query {
            Get-Recipient -ResultSize Unlimited -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses $_.EmailAddresses }
        }

    Write-Export -Name 'users_cas' -Command 'Get-CASMailbox' `
        -Property @('PrimarySmtpAddress', 'EwsEnabled') `
        -Query {
            Get-CASMailbox -ResultSize Unlimited -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses (@($_.PrimarySmtpAddress) + @($_.EmailAddresses)) }
        }

    Write-Export -Name 'users_ad' -Command 'Get-ADUser' `
        -Property @('mail', 'adminCount') `
        -Query {
            Get-ADUser -LDAPFilter '(mail=*)' -Properties @('mail', 'adminCount') -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses $_.mail }
        }
)

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
Write-Json -Name 'bundle.json' -Value $bundle
Get-Item -LiteralPath $OutFolder
